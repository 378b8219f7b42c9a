package io.holdfast.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Extent;
import org.junit.jupiter.api.Test;

class KernelZonesTest {
  private static final String ZONEINFO =
      """
      Node 0, zone   Normal
        pages free     100
              spanned  1024
              present  1024
        start_pfn:           4096
      Node 0, zone  Movable
        pages free     100
              spanned  256
              present  256
        start_pfn:           5120
      Node 0, zone   Device
              spanned  0
        start_pfn:           0
      """;

  @Test
  void findsMovableMemory() {
    KernelZones zones = KernelZones.parse(ZONEINFO);
    assertThat(zones.isMovable(new Extent(5119L << 12, 1 << 12))).isFalse();
    assertThat(zones.isMovable(new Extent(5119L << 12, 2 << 12))).isTrue();
    assertThat(zones.isMovable(new Extent(5375L << 12, 1 << 12))).isTrue();
    assertThat(zones.isMovable(new Extent(5376L << 12, 1 << 12))).isFalse();
  }

  @Test
  void hasNoneWhereTheKernelTellsNone() {
    assertThat(KernelZones.parse("").isMovable(new Extent(4096, 4096))).isFalse();
  }
}
