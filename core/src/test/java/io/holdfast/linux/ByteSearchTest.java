package io.holdfast.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteSearchTest {
  /** As slowly as it can be written. */
  private static int expected(byte[] bytes, byte[] text, int from) {
    String all = new String(bytes, StandardCharsets.ISO_8859_1);
    return all.indexOf(new String(text, StandardCharsets.ISO_8859_1), from);
  }

  private static byte[] random(Random random, int length, int kinds) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) -random.nextInt(kinds);
    }
    return bytes;
  }

  @Test
  void findsWhatStringFinds() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      int kinds = 1 + random.nextInt(3);
      byte[] bytes = random(random, random.nextInt(40), kinds);
      byte[] text = random(random, 1 + random.nextInt(5), kinds);
      int from = random.nextInt(bytes.length + 1);
      assertThat(new ByteSearch(text).find(bytes, from))
          .as("seed %d, round %d", seed, i)
          .isEqualTo(expected(bytes, text, from));
    }
  }

  @Test
  void refusesAnEmptyText() {
    assertThatIllegalArgumentException().isThrownBy(() -> new ByteSearch(new byte[0]));
  }
}
