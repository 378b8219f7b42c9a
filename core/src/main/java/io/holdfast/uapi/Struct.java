package io.holdfast.uapi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The layout of one C struct of the kernel's user API: its name, size, alignment and fields.
 *
 * <p>A struct is declared field by field in the header's order; offsets follow the C ABI of every
 * 64-bit Linux (natural alignment, size rounded up to the largest alignment). Fields are typed, so
 * that a 32-bit field cannot be read as 64 bits. Declaring is single-threaded (a static
 * initialiser); a declared struct is immutable.
 */
public final class Struct {
  /** A field of a struct: a scalar, or an array. */
  public sealed interface Field permits U8, U16, S16, U32, S32, U64, S64, Bytes {
    /** The C name. */
    String name();

    /** Offset from the start of the struct, in bytes. */
    long offset();

    /** Size in bytes; 0 for a flexible array. */
    long size();
  }

  /** An unsigned 8-bit field ({@code __u8}). */
  public record U8(String name, long offset) implements Field {
    public int get(MemorySegment struct) {
      return struct.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    }

    public void set(MemorySegment struct, int value) {
      struct.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    @Override
    public long size() {
      return 1;
    }
  }

  /** An unsigned 16-bit field ({@code __u16}). */
  public record U16(String name, long offset) implements Field {
    public int get(MemorySegment struct) {
      return struct.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset) & 0xffff;
    }

    public void set(MemorySegment struct, int value) {
      struct.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, (short) value);
    }

    @Override
    public long size() {
      return 2;
    }
  }

  /** A signed 16-bit field ({@code short}). */
  public record S16(String name, long offset) implements Field {
    public int get(MemorySegment struct) {
      return struct.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset);
    }

    public void set(MemorySegment struct, int value) {
      struct.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, (short) value);
    }

    @Override
    public long size() {
      return 2;
    }
  }

  /** An unsigned 32-bit field ({@code __u32}), carried in an {@code int}. */
  public record U32(String name, long offset) implements Field {
    public int get(MemorySegment struct) {
      return struct.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }

    public void set(MemorySegment struct, int value) {
      struct.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
    }

    @Override
    public long size() {
      return 4;
    }
  }

  /** A signed 32-bit field ({@code __s32}), used for file descriptors. */
  public record S32(String name, long offset) implements Field {
    public int get(MemorySegment struct) {
      return struct.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }

    public void set(MemorySegment struct, int value) {
      struct.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
    }

    @Override
    public long size() {
      return 4;
    }
  }

  /** An unsigned 64-bit field ({@code __u64}, {@code __aligned_u64}), carried in a {@code long}. */
  public record U64(String name, long offset) implements Field {
    public long get(MemorySegment struct) {
      return struct.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    public void set(MemorySegment struct, long value) {
      struct.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
    }

    @Override
    public long size() {
      return 8;
    }
  }

  /** A signed 64-bit field ({@code __kernel_off_t}). */
  public record S64(String name, long offset) implements Field {
    public long get(MemorySegment struct) {
      return struct.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    public void set(MemorySegment struct, long value) {
      struct.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
    }

    @Override
    public long size() {
      return 8;
    }
  }

  /**
   * An array of bytes, or of {@code elementSize}-byte elements; {@code size} 0 is a flexible array
   * at the end.
   */
  public record Bytes(String name, long offset, long size, long elementSize) implements Field {
    public MemorySegment slice(MemorySegment struct) {
      return size == 0 ? struct.asSlice(offset) : struct.asSlice(offset, size);
    }
  }

  private final String name;
  private final List<Field> fields = new ArrayList<>();
  private long end;
  private long alignment = 1;

  private Struct(String name) {
    this.name = name;
  }

  static Struct named(String name) {
    return new Struct(name);
  }

  U8 u8(String field) {
    return add(new U8(field, place(1, 1)));
  }

  U16 u16(String field) {
    return add(new U16(field, place(2, 2)));
  }

  S16 s16(String field) {
    return add(new S16(field, place(2, 2)));
  }

  U32 u32(String field) {
    return add(new U32(field, place(4, 4)));
  }

  S32 s32(String field) {
    return add(new S32(field, place(4, 4)));
  }

  U64 u64(String field) {
    return add(new U64(field, place(8, 8)));
  }

  S64 s64(String field) {
    return add(new S64(field, place(8, 8)));
  }

  Bytes bytes(String field, long size) {
    return add(new Bytes(field, place(size, 1), size, 1));
  }

  /** A field that is a struct itself, of the given size and alignment. */
  Bytes structure(String field, long size, long alignment) {
    return add(new Bytes(field, place(size, alignment), size, size));
  }

  /** A flexible array member whose elements have the given size and alignment. */
  Bytes flexible(String field, long elementSize, long elementAlignment) {
    return add(new Bytes(field, place(0, elementAlignment), 0, elementSize));
  }

  /** Leaves out the struct's remaining fields: its size is {@code size} bytes all the same. */
  void padTo(long size) {
    end = size;
  }

  private long place(long size, long align) {
    long offset = (end + align - 1) & -align;
    end = offset + size;
    alignment = Math.max(alignment, align);
    return offset;
  }

  private <F extends Field> F add(F field) {
    fields.add(field);
    return field;
  }

  /** The C name, without the word struct. */
  public String name() {
    return name;
  }

  /** {@code sizeof}, in bytes; without a flexible array's elements. */
  public long size() {
    return (end + alignment - 1) & -alignment;
  }

  /** {@code _Alignof}, in bytes. */
  public long alignment() {
    return alignment;
  }

  /** The fields in the header's order. */
  public List<Field> fields() {
    return Collections.unmodifiableList(fields);
  }
}
