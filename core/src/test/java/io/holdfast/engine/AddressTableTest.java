package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AddressTableTest {
  private static final long PAGE = 4096;

  @Test
  void oneExtentIsAnAddition() {
    AddressTable table = AddressTable.of(ExtentList.of(new Extent(0x7ffc5000L, 2 * PAGE)));
    assertThat(table.address(0)).isEqualTo(0x7ffc5000L);
    assertThat(table.address(2 * PAGE - 1)).isEqualTo(0x7ffc6fffL);
    assertThat(table.contiguousBytes(0)).isEqualTo(2 * PAGE);
    assertThat(table.contiguousBytes(2 * PAGE - 1)).isEqualTo(1);
  }

  @Test
  void offsetsOutsideAreRefused() {
    AddressTable table = AddressTable.of(ExtentList.of(new Extent(0x1000, PAGE)));
    assertThatThrownBy(() -> table.address(PAGE)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> table.contiguousBytes(PAGE))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> table.address(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> AddressTable.of(ExtentList.EMPTY).address(0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void agreesWithAWalkOverTheExtents() {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("AddressTableTest: -Dholdfast.seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      // Every third list has extents so long that a table would be out of proportion, every second
      // addresses too high for
      // its 32-bit entries; both are searched instead.
      long scale = round % 3 == 0 ? 1 << 14 : 1;
      ExtentList.Builder builder = ExtentList.builder();
      int count = 2 + random.nextInt(40);
      for (int i = 0; i < count; i++) {
        builder.add(
            random.nextLong(round % 2 == 0 ? 1L << 24 : 1L << 38) * PAGE,
            PAGE * (1 + random.nextInt(8) * scale));
      }
      ExtentList extents = builder.build();
      AddressTable table = AddressTable.of(extents);
      for (int probe = 0; probe < 200; probe++) {
        long offset = random.nextLong(extents.lengthBytes());
        assertThat(table.address(offset)).isEqualTo(walk(extents, offset));
        long run = table.contiguousBytes(offset);
        assertThat(walk(extents, offset + run - 1)).isEqualTo(walk(extents, offset) + run - 1);
        if (offset + run < extents.lengthBytes()) {
          assertThat(walk(extents, offset + run)).isNotEqualTo(walk(extents, offset) + run);
        }
      }
    }
  }

  private static long walk(ExtentList extents, long offset) {
    long rest = offset;
    for (int i = 0; i < extents.size(); i++) {
      if (rest < extents.lengthBytes(i)) {
        return extents.physicalAddress(i) + rest;
      }
      rest -= extents.lengthBytes(i);
    }
    throw new AssertionError("offset " + offset);
  }
}
