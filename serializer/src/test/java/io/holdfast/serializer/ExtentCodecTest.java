package io.holdfast.serializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Extents survive, in as few bytes as promised, and nothing but their one encoding is read. */
class ExtentCodecTest {
  @Test
  void theBytesAreTheOnesThatAreDrawn() {
    assertThat(hex(ExtentList.EMPTY)).isEmpty();
    // Unit 2^12, one extent, gap 1 (zigzag 2), as long as one unit.
    assertThat(hex(ExtentList.of(new Extent(0x1000, 0x1000)))).isEqualTo("0c0102");
    // Page 1 and 2, then page 0: three units back from page 3 (zigzag 5), a new length of 1.
    assertThat(hex(ExtentList.of(new Extent(0x1000, 0x2000), new Extent(0, 0x1000))))
        .isEqualTo("0c0242024501");
    // One byte at 100: zigzag 200 = 0b11_001000.
    assertThat(hex(ExtentList.of(new Extent(100, 1)))).isEqualTo("00018803");
  }

  @Test
  void theGreatestNumbersSurvive() {
    for (ExtentList list :
        new ExtentList[] {
          ExtentList.of(new Extent(Long.MAX_VALUE - 1, 1)),
          ExtentList.of(new Extent(0, Long.MAX_VALUE)),
          ExtentList.of(
              new Extent(Long.MAX_VALUE - 1, 1),
              new Extent(0, 1),
              new Extent(Long.MAX_VALUE - 1, 1)),
          ExtentList.of(new Extent(1L << 62, 1L << 61)),
          ExtentList.of(new Extent(0, 1L << 62)),
        }) {
      assertThat(decode(ExtentCodec.encode(list))).isEqualTo(list);
    }
  }

  @Test
  void randomListsSurvive() {
    RandomGenerator random = Seed.random("extents");
    RandomSessions sessions = new RandomSessions(random);
    for (int i = 0; i < 2000; i++) {
      ExtentList list = sessions.extents(random.nextLong(1, 1 << 20));
      byte[] bytes = ExtentCodec.encode(list);
      byte[] padded = new byte[bytes.length + 7];
      System.arraycopy(bytes, 0, padded, 3, bytes.length);
      assertThat(ExtentCodec.decode(padded, 3, bytes.length)).isEqualTo(list);
    }
  }

  @Test
  void aRandomPageOf256GiBTakesFourBytes() {
    RandomGenerator random = Seed.random("pages");
    ExtentList.Builder list = ExtentList.builder(100_000);
    for (int i = 0; i < 100_000; i++) {
      list.add(random.nextLong(1L << 26) << 12, 4096);
    }
    // A page close to the one before it takes less, a length that changes by chance neighbours
    // more.
    assertThat(ExtentCodec.encode(list.build()).length).isBetween(397_000, 400_200);
  }

  @ParameterizedTest
  @CsvSource({
    "3f0102, unit shift",
    "0c, end within",
    "0c01, cannot be in",
    "0c00, cannot be in",
    "0c0202, cannot be in",
    "0cffffffffffffffffff01, cannot be in",
    "0c010200, follow the last",
    "0c020200, continues the one before",
    "0c014402, could be larger",
    "0c014201, has not changed",
    "0c014200, does not lie within",
    "0c0101, does not lie within",
    "0c018200, useless bytes",
    "0c81000200, useless bytes",
    "0c0182, end within",
    "0c0142, end within",
    "0001bfffffffffffffffff03, does not lie within",
    "0001beffffffffffffffff03, does not lie within",
    "0001beffffffffffffffff07, more than 64 bits",
    "0001beffffffffffffffff8301, more than 64 bits",
    "000142ffffffffffffffffff01, does not lie within",
    "000142ffffffffffffffff7f, does not lie within",
    "000142ffffffffffffffffff03, more than 64 bits",
    "0c01808080808080808040, does not lie within"
  })
  void nothingElseIsRead(String hex, String problem) {
    assertThatThrownBy(() -> decode(HexFormat.of().parseHex(hex)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("of the extents")
        .hasMessageContaining(problem);
  }

  @Test
  void moreMemoryThanCanBeCountedIsRefused() {
    ExtentList.Builder list = ExtentList.builder().add(0, 1L << 62);
    byte[] once = ExtentCodec.encode(list.build());
    // The same range again: back to 0 with the same length.
    byte[] twice = Arrays.copyOf(once, once.length + 1);
    twice[1] = 2;
    twice[once.length] = 1;
    assertThatThrownBy(() -> decode(twice)).hasMessageContaining("more than 2^63-1 bytes");
  }

  @Test
  void whateverIsReadIsWrittenAsTheSameBytes() {
    RandomGenerator random = Seed.random("canonical");
    RandomSessions sessions = new RandomSessions(random);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = ExtentCodec.encode(sessions.extents(random.nextLong(1, 1 << 16)));
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(ExtentCodec.encode(decode(bytes))).isEqualTo(bytes);
        read++;
      } catch (MalformedException expected) {
        assertThat(expected.where()).contains("byte ");
      }
    }
    assertThat(read).isGreaterThan(50);
  }

  @Test
  void aRangeOutsideTheArrayIsAMistakeOfTheCaller() {
    assertThatThrownBy(() -> ExtentCodec.decode(new byte[4], 2, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static ExtentList decode(byte[] bytes) {
    return ExtentCodec.decode(bytes, 0, bytes.length);
  }

  private static String hex(ExtentList list) {
    return HexFormat.of().formatHex(ExtentCodec.encode(list));
  }
}
