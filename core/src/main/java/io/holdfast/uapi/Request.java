package io.holdfast.uapi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One ioctl request: its name and number in the header, the kind of descriptor that takes it, and
 * its struct.
 *
 * <p>Immutable; reading a struct never changes it.
 */
public final class Request {
  /**
   * What kind of descriptor a request goes to. iommufd and VFIO share an ioctl type, but no number.
   */
  public enum Target {
    /** A descriptor of {@code /dev/iommu}. */
    IOMMUFD,
    /** A legacy VFIO container: {@code /dev/vfio/vfio}. */
    VFIO_CONTAINER,
    /** A legacy VFIO group: {@code /dev/vfio/noiommu-N}. */
    VFIO_GROUP,
    /** A VFIO device: {@code /dev/vfio/devices/…}, or what a group has opened. */
    VFIO_DEVICE,
    /** A descriptor of {@code /dev/liveupdate}. */
    LIVEUPDATE,
    /** A session made or retrieved with {@code /dev/liveupdate}. */
    LIVEUPDATE_SESSION
  }

  /** Writes the elements of a flexible array, given the whole struct. */
  @FunctionalInterface
  interface Tail {
    String text(MemorySegment struct);
  }

  private final String name;
  private final long number;
  private final Target target;
  private final Struct struct;
  private final Map<String, Constants> named;
  private final Tail tail;

  private Request(
      String name,
      long number,
      Target target,
      Struct struct,
      Map<String, Constants> named,
      Tail tail) {
    this.name = name;
    this.number = number;
    this.target = target;
    this.struct = struct;
    this.named = named;
    this.tail = tail;
  }

  static Request of(Target target, String name, long number, Struct struct) {
    return new Request(name, number, target, struct, Map.of(), null);
  }

  /** The same request, with a field whose value is made of constants. */
  Request with(Struct.Field field, Constants constants) {
    Map<String, Constants> more = new LinkedHashMap<>(named);
    more.put(field.name(), constants);
    return new Request(name, number, target, struct, Map.copyOf(more), tail);
  }

  /** The same request, with a way to write the elements of the flexible array at its end. */
  Request with(Tail elements) {
    return new Request(name, number, target, struct, named, elements);
  }

  /** The C name. */
  public String name() {
    return name;
  }

  /** The number given to ioctl. */
  public long number() {
    return number;
  }

  /** The descriptors that take the request. */
  public Target target() {
    return target;
  }

  /** The struct it takes a pointer to, if any. */
  public Optional<Struct> struct() {
    return Optional.ofNullable(struct);
  }

  /** The struct's fields as text, by name; reserved ones only when they are not zero. */
  Map<String, String> fields(MemorySegment argument) {
    if (struct == null || argument.byteSize() < struct.size()) {
      return Map.of();
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (Struct.Field field : struct.fields()) {
      String text = text(field, argument);
      if (!(isReserved(field.name()) && text.equals("0"))) {
        fields.put(field.name(), text);
      }
    }
    return fields;
  }

  private static boolean isReserved(String field) {
    return field.contains("reserved") || field.equals("pad");
  }

  private String text(Struct.Field field, MemorySegment argument) {
    Constants constants = named.get(field.name());
    return switch (field) {
      case Struct.U8 f -> number(constants, f.get(argument));
      case Struct.U16 f -> number(constants, f.get(argument));
      case Struct.S16 f -> number(constants, f.get(argument));
      case Struct.U32 f -> number(constants, Integer.toUnsignedLong(f.get(argument)));
      case Struct.S64 f -> number(constants, f.get(argument));
      case Struct.S32 f -> number(constants, f.get(argument));
      case Struct.U64 f when constants != null -> constants.text(f.get(argument));
      case Struct.U64 f when f.name().equals("token") -> Long.toUnsignedString(f.get(argument));
      case Struct.U64 f -> "0x" + Long.toHexString(f.get(argument));
      case Struct.Bytes f when f.size() == 0 -> tail == null ? "[]" : tail.text(argument);
      case Struct.Bytes f -> bytes(f, argument);
    };
  }

  private static String number(Constants constants, long value) {
    return constants == null ? Long.toString(value) : constants.text(value);
  }

  /**
   * Reserved bytes that are all zero as 0; anything else as the text it holds, up to its first zero
   * byte.
   */
  private static String bytes(Struct.Bytes field, MemorySegment argument) {
    byte[] all = field.slice(argument).toArray(ValueLayout.JAVA_BYTE);
    int length = 0;
    while (length < all.length && all[length] != 0) {
      length++;
    }
    if (length == 0 && isReserved(field.name())) {
      return "0";
    }
    StringBuilder text = new StringBuilder("\"");
    for (char c : new String(all, 0, length, StandardCharsets.UTF_8).toCharArray()) {
      if (c < ' ' || c == 0x7f) {
        text.append("\\x")
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      } else {
        text.append(c == '"' || c == '\\' ? "\\" : "").append(c);
      }
    }
    return text.append('"').toString();
  }

  @Override
  public String toString() {
    return name;
  }
}
