package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExtentListTest {
  @Test
  void extentsThatContinueEachOtherAreOne() {
    ExtentList pages =
        ExtentList.of(new Extent(0x1000, 4096), new Extent(0x2000, 4096), new Extent(0x8000, 4096));
    ExtentList runs = ExtentList.of(new Extent(0x1000, 8192), new Extent(0x8000, 4096));
    assertThat(pages).isEqualTo(runs).hasSameHashCodeAs(runs);
    assertThat(pages.size()).isEqualTo(2);
    assertThat(pages.get(0)).isEqualTo(new Extent(0x1000, 8192));
    assertThat(pages.physicalAddress(1)).isEqualTo(0x8000);
    assertThat(pages.lengthBytes(1)).isEqualTo(4096);
    assertThat(pages.lengthBytes()).isEqualTo(12288);
  }

  @Test
  void extentsBeforeTheLastAndOverItAreKept() {
    List<Extent> extents =
        List.of(new Extent(0x2000, 4096), new Extent(0x1000, 4096), new Extent(0x1000, 4096));
    assertThat(ExtentList.of(extents).stream()).containsExactlyElementsOf(extents);
  }

  @Test
  void orderAndLengthAndAddressMatter() {
    ExtentList list = ExtentList.of(new Extent(0, 1), new Extent(5, 2));
    assertThat(list).isNotEqualTo(ExtentList.of(new Extent(5, 2), new Extent(0, 1)));
    assertThat(list).isNotEqualTo(ExtentList.of(new Extent(0, 1), new Extent(5, 3)));
    assertThat(list).isNotEqualTo(ExtentList.of(new Extent(0, 1), new Extent(6, 2)));
    assertThat(list).isNotEqualTo(ExtentList.EMPTY);
  }

  @Test
  void aBuilderGrowsAndGoesOnAfterBuilding() {
    for (int capacity : new int[] {0, 1, 1000}) {
      ExtentList.Builder builder = ExtentList.builder(capacity);
      for (int i = 0; i < 1000; i++) {
        builder.add(i * 8192L, 4096);
      }
      ExtentList thousand = builder.build();
      builder.add(999 * 8192L + 4096, 4096).add(0, 1);
      assertThat(thousand.size()).isEqualTo(1000);
      assertThat(thousand.lengthBytes(999)).isEqualTo(4096);
      assertThat(builder.build().size()).isEqualTo(1001);
      assertThat(builder.build().lengthBytes()).isEqualTo(4096L * 1001 + 1);
    }
  }

  @Test
  void whatCannotBeMemoryIsRefused() {
    ExtentList.Builder builder = ExtentList.builder();
    assertThatThrownBy(() -> builder.add(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.add(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.add(1, Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Extent(1, Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
    builder.add(0, Long.MAX_VALUE);
    assertThatThrownBy(() -> builder.add(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(builder.build()).isEqualTo(ExtentList.of(new Extent(0, Long.MAX_VALUE)));
  }

  @Test
  void printsAFew() {
    assertThat(ExtentList.EMPTY).hasToString("0 extents, 0 bytes:");
    assertThat(ExtentList.of(new Extent(0x7ffc5000L, 4096)))
        .hasToString("1 extent, 4096 bytes: 0x7ffc5000+4096");
    ExtentList.Builder many = ExtentList.builder();
    for (int i = 0; i < 9; i++) {
      many.add(i * 2L, 1);
    }
    assertThat(many.build().toString())
        .startsWith("9 extents, 9 bytes: 0x0+1 0x2+1")
        .endsWith("0xe+1 …");
  }
}
