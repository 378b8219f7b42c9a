package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class IovaRangeTest {
  @Test
  void mayReachTheEndOfTheAddressSpaceButNotWrap() {
    assertThat(new IovaRange(-4096, 4096).last()).isEqualTo(-1);
    assertThat(new IovaRange(0, Long.MAX_VALUE).last()).isEqualTo(Long.MAX_VALUE - 1);
    assertThatThrownBy(() -> new IovaRange(-4096, 4097))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new IovaRange(-1, Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isNeverEmpty() {
    assertThatThrownBy(() -> new IovaRange(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new IovaRange(4096, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void neighboursDoNotOverlap() {
    IovaRange range = new IovaRange(0x1000, 0x1000);
    assertThat(range.overlaps(new IovaRange(0x2000, 0x1000))).isFalse();
    assertThat(range.overlaps(new IovaRange(0, 0x1000))).isFalse();
    assertThat(range.overlaps(new IovaRange(0x1fff, 1))).isTrue();
    assertThat(range.overlaps(new IovaRange(0, 0x1001))).isTrue();
    assertThat(range.overlaps(range)).isTrue();
    assertThat(range.overlaps(new IovaRange(0, Long.MAX_VALUE))).isTrue();
  }

  @Test
  void addressesAreUnsigned() {
    IovaRange high = new IovaRange(Long.MIN_VALUE - 1, 2);
    assertThat(high.overlaps(new IovaRange(Long.MIN_VALUE, 1))).isTrue();
    assertThat(high.overlaps(new IovaRange(Long.MAX_VALUE, 1))).isTrue();
    assertThat(high.overlaps(new IovaRange(0, Long.MAX_VALUE))).isFalse();
    assertThat(new IovaRange(-4096, 4096)).hasToString("0xfffffffffffff000..0xffffffffffffffff");
  }
}
