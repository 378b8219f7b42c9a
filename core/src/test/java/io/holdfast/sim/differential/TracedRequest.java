package io.holdfast.sim.differential;

import io.holdfast.uapi.Struct;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A traced request on a device, in a program's words. */
final class TracedRequest {
  private static final Set<String> DESCRIPTORS = Set.of("iommufd", "fd");
  private static final int VFIO_IRQ_SET_DATA_EVENTFD = 4;

  private final TraceLine line;
  private final TracedFiles.Open file;
  private final TracedFiles files;
  private final String name;
  private final StructCalls.Request request;
  private final byte[] before;

  TracedRequest(TraceLine line, TracedFiles.Open file, TracedFiles files) {
    this.line = line;
    this.file = file;
    this.files = files;
    this.name = StructCalls.name(line.argument(1));
    this.request = name == null ? null : StructCalls.request(name);
    this.before = line.bytes("before");
  }

  /** A field of a request's struct, by name. */
  static long number(byte[] struct, String field, long request) {
    Struct layout = StructCalls.request(StructCalls.name(request)).layout();
    return number(struct, StructCalls.field(layout, field));
  }

  private static long number(byte[] struct, Struct.Field field) {
    MemorySegment bytes = MemorySegment.ofArray(struct);
    if (field.offset() + field.size() > struct.length) {
      return 0;
    }
    return switch (field) {
      case Struct.U8 it -> it.get(bytes);
      case Struct.U16 it -> it.get(bytes);
      case Struct.U32 it -> Integer.toUnsignedLong(it.get(bytes));
      case Struct.S16 it -> it.get(bytes);
      case Struct.S32 it -> it.get(bytes);
      case Struct.S64 it -> it.get(bytes);
      case Struct.U64 it -> it.get(bytes);
      case Struct.Bytes it ->
          it.offset() + 4 > struct.length
              ? 0
              : bytes.get(ValueLayout.JAVA_INT_UNALIGNED, it.offset());
    };
  }

  /** What there are no words for, or null. */
  String inexpressible() {
    if (request == null) {
      return "request 0x" + Long.toHexString(line.argument(1));
    }
    boolean withoutStruct = name.equals("VFIO_DEVICE_RESET");
    if (before.length == 0 && !withoutStruct) {
      return name + " without a struct";
    }
    for (Struct.Field field : request.layout().fields()) {
      long fd = number(before, field);
      if (name.equals("LIVEUPDATE_SESSION_PRESERVE_FD")
          && field.name().equals("fd")
          && fd >= 0
          && files.get(line.pid(), (int) fd) == null) {
        return name + " of a file that is no device";
      }
    }
    if (name.equals("VFIO_DEVICE_SET_IRQS") && before.length > request.layout().size() + 4) {
      return name + " of several";
    }
    return null;
  }

  String name() {
    return name;
  }

  boolean givesDescriptor() {
    return request.descriptor();
  }

  int descriptor() {
    return (int) number(line.bytes("after"), request.result());
  }

  Map<String, Operand> arguments() {
    Map<String, Operand> named = new LinkedHashMap<>();
    named.put("on", file.operand());
    Struct layout = request.layout();
    for (Struct.Field field : before.length == 0 ? List.<Struct.Field>of() : layout.fields()) {
      long value = number(before, field);
      if (field.offset() == 0) {
        if (value != layout.size()) {
          named.put(field.name(), Operand.of(value));
        }
      } else if (field.name().equals("name")) {
        named.put("name", Operand.of(text(field)));
      } else if (field.name().equals("allowed_iovas")) {
        named.put("ranges", Operand.of(""));
      } else if (field.name().equals("data")) {
        if (before.length > layout.size()) {
          named.put("data", data((int) value));
        }
      } else if (value != 0 || DESCRIPTORS.contains(field.name())) {
        named.put(field.name(), operand(field, value));
      }
    }
    return named;
  }

  private Operand data(int value) {
    long flags = number(before, StructCalls.field(request.layout(), "flags"));
    return (flags & VFIO_IRQ_SET_DATA_EVENTFD) != 0 ? descriptor(value) : Operand.of(value);
  }

  private String text(Struct.Field field) {
    int length = 0;
    while (length < field.size() && before[(int) field.offset() + length] != 0) {
      length++;
    }
    return new String(before, (int) field.offset(), length, StandardCharsets.UTF_8);
  }

  private Operand operand(Struct.Field field, long value) {
    if (DESCRIPTORS.contains(field.name())) {
      return field.equals(request.result()) ? Operand.of(0) : descriptor((int) value);
    }
    if (field.name().equals("user_va")) {
      TracedFiles.Mapping mapping = files.mapping(line.pid(), value);
      return mapping == null ? Operand.of(value) : mapping.operand(value);
    }
    return Operand.of(value);
  }

  private Operand descriptor(int fd) {
    TracedFiles.Open open = files.get(line.pid(), fd);
    return open == null ? Operand.of(fd) : open.operand();
  }

  String answer() {
    StringBuilder text = new StringBuilder(StructCalls.errnoOr(line.result()));
    byte[] after = line.bytes("after").clone();
    if (request.descriptor()) {
      System.arraycopy(
          before, (int) request.result().offset(), after, (int) request.result().offset(), 4);
    }
    if (before.length == after.length) {
      StructCalls.changes(text, before, after);
    }
    byte[] ranges = line.bytes("more");
    if (ranges.length > 0) {
      StructCalls.describe(text, MemorySegment.ofArray(ranges), "");
    }
    return text.toString();
  }
}
