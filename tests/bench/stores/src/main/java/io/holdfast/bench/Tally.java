package io.holdfast.bench;

import io.holdfast.model.ExtentList;
import io.holdfast.model.MappingState;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What a reader saw: how many records, and the sum of what is in them. Not thread-safe. */
final class Tally {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private long count;
  private long sum;

  void add(byte[] bytes, int at, int length) {
    int i = at;
    for (; i + 8 <= at + length; i += 8) {
      sum += (long) LONGS.get(bytes, i);
    }
    for (; i < at + length; i++) {
      sum += bytes[i];
    }
    count++;
  }

  /** Adds a record that is a whole little-endian buffer. */
  void add(ByteBuffer bytes) {
    int i = 0;
    for (; i + 8 <= bytes.limit(); i += 8) {
      sum += bytes.getLong(i);
    }
    for (; i < bytes.limit(); i++) {
      sum += bytes.get(i);
    }
    count++;
  }

  void add(MappingState mapping) {
    sum += mapping.iova().start() + mapping.name().hashCode();
    ExtentList extents = mapping.extents();
    for (int i = 0; i < extents.size(); i++) {
      sum += extents.physicalAddress(i) + extents.lengthBytes(i);
    }
    count++;
  }

  @Override
  public String toString() {
    return count + ":" + sum;
  }
}
