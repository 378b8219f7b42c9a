package io.holdfast.sim.differential;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MmanUapi;
import io.holdfast.uapi.StatUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/** The system calls that are not requests. */
final class FileCalls {
  private static final int SHOWN_BYTES = 16;

  private final Syscalls kernel;
  private final Slots slots;
  private final String device;

  FileCalls(Syscalls kernel, Slots slots, String device) {
    this.kernel = kernel;
    this.slots = slots;
    this.device = device;
  }

  Answer run(Step step) {
    int on = (int) number(step, "on", -1);
    return switch (step.call()) {
      case "open" -> descriptor(step, kernel.open(path(step), (int) number(step, "flags", 0), 0));
      case "memfd_create" ->
          descriptor(
              step,
              kernel.memfd_create(
                  step.arguments().get("name").text(), (int) number(step, "flags", 0)));
      case "eventfd" ->
          descriptor(
              step,
              kernel.eventfd((int) number(step, "initial", 0), (int) number(step, "flags", 0)));
      case "close" -> {
        slots.forget(step.arguments().get("on"));
        yield told(kernel.close(on));
      }
      case "dup" ->
          descriptor(step, kernel.fcntl(on, FcntlUapi.F_DUPFD_CLOEXEC, number(step, "least", 0)));
      case "dup2" -> told(Math.min(0, kernel.dup2(on, (int) number(step, "to", -1))));
      case "fcntl" ->
          told(kernel.fcntl(on, (int) number(step, "command", 0), number(step, "argument", 0)));
      case "ftruncate" -> told(kernel.ftruncate(on, number(step, "length", 0)));
      case "mmap" -> map(step, on);
      case "munmap" -> told(slots.unmap(step.arguments().get("at").slot()));
      case "pread" -> read(step, on, true);
      case "read" -> read(step, on, false);
      case "pwrite" -> write(step, on);
      case "statx" -> status(on);
      case "readlink" -> link(on);
      case "ioctl" ->
          told(kernel.ioctl(on, number(step, "number", 0), number(step, "argument", 0)));
      default -> throw new IllegalArgumentException("no call " + step.call());
    };
  }

  private long number(Step step, String name, long otherwise) {
    Operand operand = step.arguments().get(name);
    return operand == null ? otherwise : slots.get(operand);
  }

  private static Answer told(long answer) {
    return Answer.of(StructCalls.errnoOr(answer));
  }

  private Answer descriptor(Step step, int answer) {
    if (answer >= 0) {
      slots.put(step.target(), answer);
    }
    return told(Math.min(0, answer));
  }

  /** {@code cdev} and {@code group} stand for the test device's nodes. */
  private String path(Step step) {
    String path = step.arguments().get("path").text();
    if (!path.equals("cdev") && !path.equals("group")) {
      return path;
    }
    List<String> names = new ArrayList<>();
    kernel.listFolder("/sys/bus/pci/devices/" + device + "/vfio-dev", names);
    String name = names.isEmpty() ? "noiommu-vfio-none" : names.getFirst();
    return path.equals("cdev")
        ? "/dev/vfio/devices/" + name
        : "/dev/vfio/" + name.replace("vfio", "");
  }

  private Answer map(Step step, int on) {
    long length = number(step, "length", 0);
    int flags = (int) number(step, "flags", MmanUapi.MAP_SHARED);
    long address =
        kernel.mmap(
            length,
            (int) number(step, "prot", MmanUapi.PROT_READ | MmanUapi.PROT_WRITE),
            flags,
            on,
            number(step, "offset", 0));
    if (address < 0 && address > -4096) {
      return told(address);
    }
    slots.mapped(step.target(), address, length);
    return told(0);
  }

  private Answer read(Step step, int on, boolean positional) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, number(step, "bytes", 8)), 8);
      MemorySegment whole = buffer.asSlice(0, number(step, "bytes", 8));
      long answer =
          positional ? kernel.pread(on, whole, number(step, "offset", 0)) : kernel.read(on, whole);
      return Answer.of(
          StructCalls.errnoOr(answer) + (answer > 0 ? ' ' + content(whole, answer) : ""));
    }
  }

  private static String content(MemorySegment buffer, long count) {
    return content(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
  }

  /** Bytes as an answer tells them: few as they are, more by their checksum. */
  static String content(byte[] bytes) {
    if (bytes.length <= SHOWN_BYTES) {
      return HexFormat.of().formatHex(bytes);
    }
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return "crc " + Long.toHexString(sum.getValue());
  }

  /** Writes {@code data}, or the bytes of {@code value} over and over. */
  private Answer write(Step step, int on) {
    Operand data = step.arguments().get("data");
    try (Arena arena = Arena.ofConfined()) {
      if (data != null) {
        byte[] bytes = HexFormat.of().parseHex(data.text());
        MemorySegment buffer = arena.allocate(Math.max(1, bytes.length), 8);
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return told(kernel.pwrite(on, buffer.asSlice(0, bytes.length), number(step, "offset", 0)));
      }
      long count = number(step, "bytes", 8);
      MemorySegment buffer = arena.allocate(Math.max(1, count), 8);
      long value = number(step, "value", 0);
      for (long i = 0; i < count; i++) {
        buffer.set(ValueLayout.JAVA_BYTE, i, (byte) (value >>> (8 * (i % 8))));
      }
      return told(kernel.pwrite(on, buffer.asSlice(0, count), number(step, "offset", 0)));
    }
  }

  private Answer status(int on) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment struct = arena.allocate(statx.LAYOUT.size(), 8);
      int answer =
          kernel.statx(on, "", FcntlUapi.AT_EMPTY_PATH, StatUapi.STATX_BASIC_STATS, struct);
      int mode = statx.stx_mode.get(struct);
      return answer < 0
          ? told(answer)
          : Answer.of(
              "0 mode %o links %d size %x"
                  .formatted(mode, statx.stx_nlink.get(struct), statx.stx_size.get(struct)));
    }
  }

  private Answer link(int on) {
    List<String> target = new ArrayList<>();
    int answer = kernel.readLink("/proc/self/fd/" + on, target);
    return answer < 0 ? told(answer) : Answer.of("0 " + target.getFirst());
  }
}
