package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PciAddressTest {
  @Test
  void readsWhatItPrints() {
    for (String text : new String[] {"0000:00:04.0", "ffff:ff:1f.7", "0001:0a:00.3"}) {
      assertThat(PciAddress.parse(text)).hasToString(text);
    }
  }

  @Test
  void theDomainMayBeLeftOutAndLettersBeLarge() {
    assertThat(PciAddress.parse("0A:1F.7")).isEqualTo(new PciAddress(0, 10, 31, 7));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0000:00:04",
        "00:04.8",
        "00:20.0",
        "0:04.0",
        "0000:0000:04.0",
        "00000:00:04.0",
        "0000:00:04.0 ",
        "vfio-pci"
      })
  void refusesEverythingElse(String text) {
    assertThatThrownBy(() -> PciAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesNumbersThatDoNotFit() {
    int[][] addresses = {
      {-1, 0, 0, 0}, {0x10000, 0, 0, 0}, {0, 256, 0, 0}, {0, 0, 32, 0}, {0, 0, 0, 8}, {0, 0, 0, -1}
    };
    for (int[] a : addresses) {
      assertThatThrownBy(() -> new PciAddress(a[0], a[1], a[2], a[3]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void isOrderedAsItIsWritten() {
    assertThat(PciAddress.parse("0000:00:04.1")).isGreaterThan(PciAddress.parse("0000:00:04.0"));
    assertThat(PciAddress.parse("0000:01:00.0")).isGreaterThan(PciAddress.parse("0000:00:1f.7"));
    assertThat(PciAddress.parse("ffff:00:00.0")).isGreaterThan(PciAddress.parse("0000:ff:1f.7"));
  }
}
