package io.holdfast.uapi;

import io.holdfast.sys.RequestDecoder.Argument;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The constants that the arguments of plain system calls are made of. */
final class ArgumentNames {
  private ArgumentNames() {}

  private static final int PERMISSIONS = 07777;

  private static final Constants FILE_TYPES =
      Constants.values(StatUapi.class, "S_IFREG", "S_IFCHR", "S_IFDIR", "S_IFLNK", "S_IFSOCK");

  private static final Map<Argument, Constants> NAMES = new EnumMap<>(Argument.class);

  static {
    NAMES.put(
        Argument.OPEN_FLAGS,
        Constants.bitsAndField(
            FcntlUapi.O_ACCMODE,
            FcntlUapi.class,
            "O_RDONLY",
            "O_WRONLY",
            "O_RDWR",
            "O_CREAT",
            "O_EXCL",
            "O_TRUNC",
            "O_APPEND",
            "O_NONBLOCK",
            "O_CLOEXEC"));
    NAMES.put(
        Argument.MEMFD_FLAGS,
        Constants.bits(
            MemfdUapi.class,
            "MFD_CLOEXEC",
            "MFD_ALLOW_SEALING",
            "MFD_HUGETLB",
            "MFD_NOEXEC_SEAL",
            "MFD_EXEC"));
    NAMES.put(
        Argument.FCNTL_COMMAND,
        Constants.values(
            FcntlUapi.class,
            "F_GETFD",
            "F_SETFD",
            "F_GETFL",
            "F_DUPFD_CLOEXEC",
            "F_ADD_SEALS",
            "F_GET_SEALS"));
    NAMES.put(Argument.DESCRIPTOR_FLAGS, Constants.bits(FcntlUapi.class, "FD_CLOEXEC"));
    NAMES.put(
        Argument.SEALS,
        Constants.bits(
            FcntlUapi.class,
            "F_SEAL_SEAL",
            "F_SEAL_SHRINK",
            "F_SEAL_GROW",
            "F_SEAL_WRITE",
            "F_SEAL_FUTURE_WRITE",
            "F_SEAL_EXEC"));
    NAMES.put(Argument.MMAP_PROTECTION, Constants.bits(MmanUapi.class, "PROT_READ", "PROT_WRITE"));
    NAMES.put(
        Argument.MMAP_FLAGS,
        Constants.bits(MmanUapi.class, "MAP_SHARED", "MAP_PRIVATE", "MAP_ANONYMOUS"));
    NAMES.put(Argument.DIRECTORY_DESCRIPTOR, Constants.values(FcntlUapi.class, "AT_FDCWD"));
    NAMES.put(
        Argument.STATX_FLAGS,
        Constants.bits(FcntlUapi.class, "AT_SYMLINK_NOFOLLOW", "AT_EMPTY_PATH"));
    NAMES.put(Argument.STATX_MASK, Constants.bits(StatUapi.class, "STATX_BASIC_STATS"));
    NAMES.put(
        Argument.EVENTFD_FLAGS,
        Constants.bits(EventfdUapi.class, "EFD_SEMAPHORE", "EFD_CLOEXEC", "EFD_NONBLOCK"));
    NAMES.put(
        Argument.KEXEC_FILE_FLAGS,
        Constants.bits(
            KexecUapi.class,
            "KEXEC_FILE_UNLOAD",
            "KEXEC_FILE_ON_CRASH",
            "KEXEC_FILE_NO_INITRAMFS"));
    NAMES.put(
        Argument.REBOOT_COMMAND, Constants.values(RebootUapi.class, "LINUX_REBOOT_CMD_KEXEC"));
    NAMES.putAll(SocketNames.arguments());
  }

  static Constants of(Argument argument) {
    return NAMES.get(argument);
  }

  /** What is worth reading in the 256 bytes of a {@code struct statx}. */
  static Map<String, String> statx(MemorySegment status) {
    if (status.byteSize() < statx.LAYOUT.size()) {
      return Map.of();
    }
    int mode = statx.stx_mode.get(status);
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(
        "stx_mode",
        FILE_TYPES.text(mode & StatUapi.S_IFMT) + "|0" + Integer.toOctalString(mode & PERMISSIONS));
    fields.put("stx_uid", Integer.toUnsignedString(statx.stx_uid.get(status)));
    fields.put("stx_gid", Integer.toUnsignedString(statx.stx_gid.get(status)));
    fields.put("stx_nlink", Integer.toUnsignedString(statx.stx_nlink.get(status)));
    fields.put("stx_ino", Long.toUnsignedString(statx.stx_ino.get(status)));
    fields.put("stx_size", Long.toUnsignedString(statx.stx_size.get(status)));
    return fields;
  }
}
