package io.holdfast.sys;

import java.util.Map;

/**
 * Linux error numbers ({@code include/uapi/asm-generic/errno.h}), their names, and the words libc
 * has for them.
 */
public final class Errno {
  private Errno() {}

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int ENOEXEC = 8;
  public static final int EBADF = 9;
  public static final int ECHILD = 10;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int ENOTBLK = 15;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int ENOTTY = 25;
  public static final int ETXTBSY = 26;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int ESPIPE = 29;
  public static final int EROFS = 30;
  public static final int EMLINK = 31;
  public static final int EPIPE = 32;
  public static final int EDOM = 33;
  public static final int ERANGE = 34;
  public static final int EDEADLK = 35;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOLCK = 37;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENOMSG = 42;
  public static final int EIDRM = 43;
  public static final int ECHRNG = 44;
  public static final int EL2NSYNC = 45;
  public static final int EL3HLT = 46;
  public static final int EL3RST = 47;
  public static final int ELNRNG = 48;
  public static final int EUNATCH = 49;
  public static final int ENOCSI = 50;
  public static final int EL2HLT = 51;
  public static final int EBADE = 52;
  public static final int EBADR = 53;
  public static final int EXFULL = 54;
  public static final int ENOANO = 55;
  public static final int EBADRQC = 56;
  public static final int EBADSLT = 57;
  public static final int EBFONT = 59;
  public static final int ENOSTR = 60;
  public static final int ENODATA = 61;
  public static final int ETIME = 62;
  public static final int ENOSR = 63;
  public static final int ENONET = 64;
  public static final int ENOPKG = 65;
  public static final int EREMOTE = 66;
  public static final int ENOLINK = 67;
  public static final int EADV = 68;
  public static final int ESRMNT = 69;
  public static final int ECOMM = 70;
  public static final int EPROTO = 71;
  public static final int EMULTIHOP = 72;
  public static final int EDOTDOT = 73;
  public static final int EBADMSG = 74;
  public static final int EOVERFLOW = 75;
  public static final int ENOTUNIQ = 76;
  public static final int EBADFD = 77;
  public static final int EREMCHG = 78;
  public static final int ELIBACC = 79;
  public static final int ELIBBAD = 80;
  public static final int ELIBSCN = 81;
  public static final int ELIBMAX = 82;
  public static final int ELIBEXEC = 83;
  public static final int EILSEQ = 84;
  public static final int ERESTART = 85;
  public static final int ESTRPIPE = 86;
  public static final int EUSERS = 87;
  public static final int ENOTSOCK = 88;
  public static final int EDESTADDRREQ = 89;
  public static final int EMSGSIZE = 90;
  public static final int EPROTOTYPE = 91;
  public static final int ENOPROTOOPT = 92;
  public static final int EPROTONOSUPPORT = 93;
  public static final int ESOCKTNOSUPPORT = 94;
  public static final int EOPNOTSUPP = 95;
  public static final int EPFNOSUPPORT = 96;
  public static final int EAFNOSUPPORT = 97;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETDOWN = 100;
  public static final int ENETUNREACH = 101;
  public static final int ENETRESET = 102;
  public static final int ECONNABORTED = 103;
  public static final int ECONNRESET = 104;
  public static final int ENOBUFS = 105;
  public static final int EISCONN = 106;
  public static final int ENOTCONN = 107;
  public static final int ESHUTDOWN = 108;
  public static final int ETOOMANYREFS = 109;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTDOWN = 112;
  public static final int EHOSTUNREACH = 113;
  public static final int EALREADY = 114;
  public static final int EINPROGRESS = 115;
  public static final int ESTALE = 116;
  public static final int EUCLEAN = 117;
  public static final int ENOTNAM = 118;
  public static final int ENAVAIL = 119;
  public static final int EISNAM = 120;
  public static final int EREMOTEIO = 121;
  public static final int EDQUOT = 122;
  public static final int ENOMEDIUM = 123;
  public static final int EMEDIUMTYPE = 124;
  public static final int ECANCELED = 125;
  public static final int ENOKEY = 126;
  public static final int EKEYEXPIRED = 127;
  public static final int EKEYREVOKED = 128;
  public static final int EKEYREJECTED = 129;
  public static final int EOWNERDEAD = 130;
  public static final int ENOTRECOVERABLE = 131;
  public static final int ERFKILL = 132;

  private record Entry(String name, String words) {}

  private static final Map<Integer, Entry> ENTRIES =
      Map.ofEntries(
          Map.entry(EPERM, new Entry("EPERM", "Operation not permitted")),
          Map.entry(ENOENT, new Entry("ENOENT", "No such file or directory")),
          Map.entry(ESRCH, new Entry("ESRCH", "No such process")),
          Map.entry(EINTR, new Entry("EINTR", "Interrupted system call")),
          Map.entry(EIO, new Entry("EIO", "Input/output error")),
          Map.entry(ENXIO, new Entry("ENXIO", "No such device or address")),
          Map.entry(E2BIG, new Entry("E2BIG", "Argument list too long")),
          Map.entry(ENOEXEC, new Entry("ENOEXEC", "Exec format error")),
          Map.entry(EBADF, new Entry("EBADF", "Bad file descriptor")),
          Map.entry(ECHILD, new Entry("ECHILD", "No child processes")),
          Map.entry(EAGAIN, new Entry("EAGAIN", "Resource temporarily unavailable")),
          Map.entry(ENOMEM, new Entry("ENOMEM", "Cannot allocate memory")),
          Map.entry(EACCES, new Entry("EACCES", "Permission denied")),
          Map.entry(EFAULT, new Entry("EFAULT", "Bad address")),
          Map.entry(ENOTBLK, new Entry("ENOTBLK", "Block device required")),
          Map.entry(EBUSY, new Entry("EBUSY", "Device or resource busy")),
          Map.entry(EEXIST, new Entry("EEXIST", "File exists")),
          Map.entry(EXDEV, new Entry("EXDEV", "Invalid cross-device link")),
          Map.entry(ENODEV, new Entry("ENODEV", "No such device")),
          Map.entry(ENOTDIR, new Entry("ENOTDIR", "Not a directory")),
          Map.entry(EISDIR, new Entry("EISDIR", "Is a directory")),
          Map.entry(EINVAL, new Entry("EINVAL", "Invalid argument")),
          Map.entry(ENFILE, new Entry("ENFILE", "Too many open files in system")),
          Map.entry(EMFILE, new Entry("EMFILE", "Too many open files")),
          Map.entry(ENOTTY, new Entry("ENOTTY", "Inappropriate ioctl for device")),
          Map.entry(ETXTBSY, new Entry("ETXTBSY", "Text file busy")),
          Map.entry(EFBIG, new Entry("EFBIG", "File too large")),
          Map.entry(ENOSPC, new Entry("ENOSPC", "No space left on device")),
          Map.entry(ESPIPE, new Entry("ESPIPE", "Illegal seek")),
          Map.entry(EROFS, new Entry("EROFS", "Read-only file system")),
          Map.entry(EMLINK, new Entry("EMLINK", "Too many links")),
          Map.entry(EPIPE, new Entry("EPIPE", "Broken pipe")),
          Map.entry(EDOM, new Entry("EDOM", "Numerical argument out of domain")),
          Map.entry(ERANGE, new Entry("ERANGE", "Numerical result out of range")),
          Map.entry(EDEADLK, new Entry("EDEADLK", "Resource deadlock avoided")),
          Map.entry(ENAMETOOLONG, new Entry("ENAMETOOLONG", "File name too long")),
          Map.entry(ENOLCK, new Entry("ENOLCK", "No locks available")),
          Map.entry(ENOSYS, new Entry("ENOSYS", "Function not implemented")),
          Map.entry(ENOTEMPTY, new Entry("ENOTEMPTY", "Directory not empty")),
          Map.entry(ELOOP, new Entry("ELOOP", "Too many levels of symbolic links")),
          Map.entry(ENOMSG, new Entry("ENOMSG", "No message of desired type")),
          Map.entry(EIDRM, new Entry("EIDRM", "Identifier removed")),
          Map.entry(ECHRNG, new Entry("ECHRNG", "Channel number out of range")),
          Map.entry(EL2NSYNC, new Entry("EL2NSYNC", "Level 2 not synchronized")),
          Map.entry(EL3HLT, new Entry("EL3HLT", "Level 3 halted")),
          Map.entry(EL3RST, new Entry("EL3RST", "Level 3 reset")),
          Map.entry(ELNRNG, new Entry("ELNRNG", "Link number out of range")),
          Map.entry(EUNATCH, new Entry("EUNATCH", "Protocol driver not attached")),
          Map.entry(ENOCSI, new Entry("ENOCSI", "No CSI structure available")),
          Map.entry(EL2HLT, new Entry("EL2HLT", "Level 2 halted")),
          Map.entry(EBADE, new Entry("EBADE", "Invalid exchange")),
          Map.entry(EBADR, new Entry("EBADR", "Invalid request descriptor")),
          Map.entry(EXFULL, new Entry("EXFULL", "Exchange full")),
          Map.entry(ENOANO, new Entry("ENOANO", "No anode")),
          Map.entry(EBADRQC, new Entry("EBADRQC", "Invalid request code")),
          Map.entry(EBADSLT, new Entry("EBADSLT", "Invalid slot")),
          Map.entry(EBFONT, new Entry("EBFONT", "Bad font file format")),
          Map.entry(ENOSTR, new Entry("ENOSTR", "Device not a stream")),
          Map.entry(ENODATA, new Entry("ENODATA", "No data available")),
          Map.entry(ETIME, new Entry("ETIME", "Timer expired")),
          Map.entry(ENOSR, new Entry("ENOSR", "Out of streams resources")),
          Map.entry(ENONET, new Entry("ENONET", "Machine is not on the network")),
          Map.entry(ENOPKG, new Entry("ENOPKG", "Package not installed")),
          Map.entry(EREMOTE, new Entry("EREMOTE", "Object is remote")),
          Map.entry(ENOLINK, new Entry("ENOLINK", "Link has been severed")),
          Map.entry(EADV, new Entry("EADV", "Advertise error")),
          Map.entry(ESRMNT, new Entry("ESRMNT", "Srmount error")),
          Map.entry(ECOMM, new Entry("ECOMM", "Communication error on send")),
          Map.entry(EPROTO, new Entry("EPROTO", "Protocol error")),
          Map.entry(EMULTIHOP, new Entry("EMULTIHOP", "Multihop attempted")),
          Map.entry(EDOTDOT, new Entry("EDOTDOT", "RFS specific error")),
          Map.entry(EBADMSG, new Entry("EBADMSG", "Bad message")),
          Map.entry(EOVERFLOW, new Entry("EOVERFLOW", "Value too large for defined data type")),
          Map.entry(ENOTUNIQ, new Entry("ENOTUNIQ", "Name not unique on network")),
          Map.entry(EBADFD, new Entry("EBADFD", "File descriptor in bad state")),
          Map.entry(EREMCHG, new Entry("EREMCHG", "Remote address changed")),
          Map.entry(ELIBACC, new Entry("ELIBACC", "Can not access a needed shared library")),
          Map.entry(ELIBBAD, new Entry("ELIBBAD", "Accessing a corrupted shared library")),
          Map.entry(ELIBSCN, new Entry("ELIBSCN", ".lib section in a.out corrupted")),
          Map.entry(
              ELIBMAX, new Entry("ELIBMAX", "Attempting to link in too many shared libraries")),
          Map.entry(ELIBEXEC, new Entry("ELIBEXEC", "Cannot exec a shared library directly")),
          Map.entry(
              EILSEQ, new Entry("EILSEQ", "Invalid or incomplete multibyte or wide character")),
          Map.entry(ERESTART, new Entry("ERESTART", "Interrupted system call should be restarted")),
          Map.entry(ESTRPIPE, new Entry("ESTRPIPE", "Streams pipe error")),
          Map.entry(EUSERS, new Entry("EUSERS", "Too many users")),
          Map.entry(ENOTSOCK, new Entry("ENOTSOCK", "Socket operation on non-socket")),
          Map.entry(EDESTADDRREQ, new Entry("EDESTADDRREQ", "Destination address required")),
          Map.entry(EMSGSIZE, new Entry("EMSGSIZE", "Message too long")),
          Map.entry(EPROTOTYPE, new Entry("EPROTOTYPE", "Protocol wrong type for socket")),
          Map.entry(ENOPROTOOPT, new Entry("ENOPROTOOPT", "Protocol not available")),
          Map.entry(EPROTONOSUPPORT, new Entry("EPROTONOSUPPORT", "Protocol not supported")),
          Map.entry(ESOCKTNOSUPPORT, new Entry("ESOCKTNOSUPPORT", "Socket type not supported")),
          Map.entry(EOPNOTSUPP, new Entry("EOPNOTSUPP", "Operation not supported")),
          Map.entry(EPFNOSUPPORT, new Entry("EPFNOSUPPORT", "Protocol family not supported")),
          Map.entry(
              EAFNOSUPPORT, new Entry("EAFNOSUPPORT", "Address family not supported by protocol")),
          Map.entry(EADDRINUSE, new Entry("EADDRINUSE", "Address already in use")),
          Map.entry(EADDRNOTAVAIL, new Entry("EADDRNOTAVAIL", "Cannot assign requested address")),
          Map.entry(ENETDOWN, new Entry("ENETDOWN", "Network is down")),
          Map.entry(ENETUNREACH, new Entry("ENETUNREACH", "Network is unreachable")),
          Map.entry(ENETRESET, new Entry("ENETRESET", "Network dropped connection on reset")),
          Map.entry(ECONNABORTED, new Entry("ECONNABORTED", "Software caused connection abort")),
          Map.entry(ECONNRESET, new Entry("ECONNRESET", "Connection reset by peer")),
          Map.entry(ENOBUFS, new Entry("ENOBUFS", "No buffer space available")),
          Map.entry(EISCONN, new Entry("EISCONN", "Transport endpoint is already connected")),
          Map.entry(ENOTCONN, new Entry("ENOTCONN", "Transport endpoint is not connected")),
          Map.entry(
              ESHUTDOWN, new Entry("ESHUTDOWN", "Cannot send after transport endpoint shutdown")),
          Map.entry(ETOOMANYREFS, new Entry("ETOOMANYREFS", "Too many references: cannot splice")),
          Map.entry(ETIMEDOUT, new Entry("ETIMEDOUT", "Connection timed out")),
          Map.entry(ECONNREFUSED, new Entry("ECONNREFUSED", "Connection refused")),
          Map.entry(EHOSTDOWN, new Entry("EHOSTDOWN", "Host is down")),
          Map.entry(EHOSTUNREACH, new Entry("EHOSTUNREACH", "No route to host")),
          Map.entry(EALREADY, new Entry("EALREADY", "Operation already in progress")),
          Map.entry(EINPROGRESS, new Entry("EINPROGRESS", "Operation now in progress")),
          Map.entry(ESTALE, new Entry("ESTALE", "Stale file handle")),
          Map.entry(EUCLEAN, new Entry("EUCLEAN", "Structure needs cleaning")),
          Map.entry(ENOTNAM, new Entry("ENOTNAM", "Not a XENIX named type file")),
          Map.entry(ENAVAIL, new Entry("ENAVAIL", "No XENIX semaphores available")),
          Map.entry(EISNAM, new Entry("EISNAM", "Is a named type file")),
          Map.entry(EREMOTEIO, new Entry("EREMOTEIO", "Remote I/O error")),
          Map.entry(EDQUOT, new Entry("EDQUOT", "Disk quota exceeded")),
          Map.entry(ENOMEDIUM, new Entry("ENOMEDIUM", "No medium found")),
          Map.entry(EMEDIUMTYPE, new Entry("EMEDIUMTYPE", "Wrong medium type")),
          Map.entry(ECANCELED, new Entry("ECANCELED", "Operation canceled")),
          Map.entry(ENOKEY, new Entry("ENOKEY", "Required key not available")),
          Map.entry(EKEYEXPIRED, new Entry("EKEYEXPIRED", "Key has expired")),
          Map.entry(EKEYREVOKED, new Entry("EKEYREVOKED", "Key has been revoked")),
          Map.entry(EKEYREJECTED, new Entry("EKEYREJECTED", "Key was rejected by service")),
          Map.entry(EOWNERDEAD, new Entry("EOWNERDEAD", "Owner died")),
          Map.entry(ENOTRECOVERABLE, new Entry("ENOTRECOVERABLE", "State not recoverable")),
          Map.entry(ERFKILL, new Entry("ERFKILL", "Operation not possible due to RF-kill")));

  /**
   * The symbolic name of an error number, {@code "ENOENT"} for 2; {@code "E" + errno} where Linux
   * has none.
   */
  public static String name(int errno) {
    Entry entry = ENTRIES.get(errno);
    return entry == null ? "E" + errno : entry.name();
  }

  /** The words libc's {@code strerror} has for an error number. */
  public static String describe(int errno) {
    Entry entry = ENTRIES.get(errno);
    return entry == null ? "unknown error " + errno : entry.words();
  }
}
