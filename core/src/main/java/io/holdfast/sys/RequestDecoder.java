package io.holdfast.sys;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Turns the numbers of system calls into the names that the kernel's headers have for them, so that
 * a trace can be read beside the header. Implementations are thread-safe and never change what they
 * are given to read.
 */
public interface RequestDecoder {
  /** What an argument (or an answer) that is made of named constants stands for. */
  enum Argument {
    OPEN_FLAGS,
    MEMFD_FLAGS,
    FCNTL_COMMAND,
    DESCRIPTOR_FLAGS,
    SEALS,
    MMAP_PROTECTION,
    MMAP_FLAGS,
    DIRECTORY_DESCRIPTOR,
    STATX_FLAGS,
    STATX_MASK,
    EVENTFD_FLAGS,
    SOCKET_DOMAIN,
    SOCKET_TYPE,
    ACCEPT_FLAGS,
    SOCKET_OPTION,
    MESSAGE_FLAGS,
    SHUTDOWN_HOW,
    RESOURCE,
    KEXEC_FILE_FLAGS,
    REBOOT_COMMAND
  }

  /** A request's name as the header spells it; {@code 0x…} for one that is not known. */
  String request(long request);

  /**
   * The fields of a request's struct by name, in the header's order, each value as text.
   *
   * @param argument what was given to ioctl; a null or too short segment has no fields
   * @return empty when the request is unknown or takes no struct
   */
  Map<String, String> fields(long request, MemorySegment argument);

  /** The fields of a {@code struct statx}, as {@link #fields}. */
  Map<String, String> statx(MemorySegment statx);

  /** The fields of a {@code struct msghdr}, as {@link #fields}. */
  Map<String, String> message(MemorySegment msghdr);

  /** The fields of a {@code struct pollfd}, as {@link #fields}. */
  Map<String, String> pollfd(MemorySegment pollfd);

  /** The fields of a {@code struct rlimit}, as {@link #fields}. */
  Map<String, String> rlimit(MemorySegment rlimit);

  /**
   * An argument by its constants' names, as in {@code O_RDWR|O_CLOEXEC}; bits without a name in
   * hexadecimal.
   */
  String name(Argument argument, long value);

  /**
   * What a command's argument (or, with {@code answer}, its answer) of {@code fcntl} consists of;
   * null for a number.
   */
  Argument fcntlArgument(int command, boolean answer);
}
