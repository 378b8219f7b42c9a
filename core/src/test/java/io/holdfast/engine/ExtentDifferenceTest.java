package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import org.junit.jupiter.api.Test;

class ExtentDifferenceTest {
  private static final ExtentList RECORDED =
      ExtentList.of(new Extent(0x10000, 8192), new Extent(0x90000, 4096));

  @Test
  void equalListsDoNotDiffer() {
    ExtentList same =
        ExtentList.of(
            new Extent(0x10000, 4096), new Extent(0x11000, 4096), new Extent(0x90000, 4096));
    assertThat(ExtentDifference.first(RECORDED, same)).isEmpty();
  }

  @Test
  void theFirstByteThatMovedIsNamed() {
    ExtentList moved = ExtentList.of(new Extent(0x10000, 4096), new Extent(0x50000, 8192));
    assertThat(ExtentDifference.first(RECORDED, moved))
        .contains(new ExtentDifference(4096, 0x11000, 0x50000));
  }

  @Test
  void aMovedLastExtentIsNamed() {
    ExtentList moved = ExtentList.of(new Extent(0x10000, 8192), new Extent(0x91000, 4096));
    assertThat(ExtentDifference.first(RECORDED, moved))
        .contains(new ExtentDifference(8192, 0x90000, 0x91000));
  }

  @Test
  void listsOfDifferentLengthAreMisuse() {
    ExtentList shorter = ExtentList.of(new Extent(0x10000, 8192));
    assertThatThrownBy(() -> ExtentDifference.first(RECORDED, shorter))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
