package io.holdfast.serializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.holdfast.model.SessionState;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever is done to a manifest, reading it gives a session that keeps every rule or a {@link
 * ManifestException}, and never takes more memory than a small multiple of what it was given.
 */
class ManifestFuzzTest {
  /**
   * What an object a byte can stand for takes at most, with room to grow; an empty list in a list
   * is the worst.
   */
  private static final long ALLOCATED_PER_BYTE = 256;

  /** What the parser takes for any input at all. */
  private static final long ALLOCATED_BASE = 1 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private int read;
  private int refused;

  /** Loading the classes is not what is measured. */
  @BeforeAll
  static void warmUp() {
    Manifest.decode(Manifest.encode(Samples.SESSION));
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(new byte[] {1})))
        .isInstanceOf(ManifestCorruptException.class);
  }

  @Test
  void damagedEnvelopes() {
    RandomGenerator random = Seed.random("damaged envelopes");
    RandomSessions sessions = new RandomSessions(random);
    for (int i = 0; i < 1500; i++) {
      byte[] envelope = Manifest.encode(sessions.session());
      byte[] damaged = damaged(random, envelope);
      if (random.nextInt(4) == 0 && damaged.length >= 24) {
        ByteBuffer.wrap(damaged).putLong(16, random.nextLong() >> random.nextInt(64));
      }
      if (!Arrays.equals(damaged, envelope)) {
        decode(damaged);
      }
    }
    assertThat(read).as("damaged envelopes that were read").isZero();
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void randomBytes() {
    RandomGenerator random = Seed.random("random bytes");
    for (int i = 0; i < 5000; i++) {
      byte[] bytes = new byte[random.nextInt(600)];
      random.nextBytes(bytes);
      decode(random.nextBoolean() ? bytes : Bodies.seal(bytes));
    }
    assertThat(read).as("random bytes that were read").isZero();
  }

  @Test
  void damagedBodiesBehindARightChecksum() {
    RandomGenerator random = Seed.random("damaged bodies");
    RandomSessions sessions = new RandomSessions(random);
    for (int i = 0; i < 3000; i++) {
      byte[] body =
          Bodies.bodyOf(Manifest.encode(i % 2 == 0 ? Samples.SESSION : sessions.session()));
      decode(Bodies.seal(damaged(random, body)));
    }
    assertThat(read).isGreaterThan(50);
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void wellFormedBodiesThatSayOtherThings() {
    RandomGenerator random = Seed.random("other trees");
    RandomSessions sessions = new RandomSessions(random);
    for (int i = 0; i < 2000; i++) {
      Object tree =
          Bodies.treeOf(Manifest.encode(i % 2 == 0 ? Samples.SESSION : sessions.session()));
      List<Object> values = new ArrayList<>();
      collect(tree, values);
      int target = random.nextInt(values.size());
      Object replacement =
          switch (random.nextInt(6)) {
            case 0 -> random.nextLong() >> random.nextInt(64);
            case 1 -> Map.of();
            case 2 -> List.of();
            case 3 -> "";
            case 4 -> new byte[random.nextInt(17)];
            default -> values.get(random.nextInt(values.size()));
          };
      decode(Bodies.seal(replace(tree, replacement, new int[] {target})));
    }
    assertThat(read).isGreaterThan(50);
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void damagedJson() {
    RandomGenerator random = Seed.random("damaged JSON");
    RandomSessions sessions = new RandomSessions(random);
    String letters = "{}[]\":,0123456789abcdefx+-.eE$ \n\\u\ud83d";
    for (int i = 0; i < 1500; i++) {
      StringBuilder json =
          new StringBuilder(Manifest.toJson(i % 2 == 0 ? Samples.SESSION : sessions.session()));
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        int at = random.nextInt(json.length());
        switch (random.nextInt(4)) {
          case 0 -> json.setCharAt(at, letters.charAt(random.nextInt(letters.length())));
          case 1 -> json.insert(at, letters.charAt(random.nextInt(letters.length())));
          case 2 -> json.deleteCharAt(at);
          default -> json.setLength(Math.max(1, random.nextInt(8) == 0 ? at : json.length() - 1));
        }
      }
      String text = json.toString();
      try {
        SessionState session = Manifest.fromJson(text);
        assertThat(Manifest.decode(Manifest.encode(session))).isEqualTo(session);
        read++;
      } catch (ManifestException e) {
        refused++;
      } catch (RuntimeException e) {
        fail("other exception for " + text, e);
      }
    }
    assertThat(read).isGreaterThan(50);
    assertThat(refused).isGreaterThan(500);
  }

  /** The dearest bodies there are: as many objects as possible for each byte. */
  @Test
  void amplification() {
    byte[] sample = Bodies.bodyOf(Manifest.encode(Samples.SESSION));
    for (int[] pattern :
        new int[][] {
          {0x80},
          {0xa0},
          {0x00},
          {0x60},
          {0x40},
          {0x81, 0x80},
          {0xf5},
          {0xfb, 1, 2, 3, 4, 5, 6, 7, 8}
        }) {
      ByteBuffer body =
          ByteBuffer.allocate(sample.length + 300_010).put(sample, 0, sample.length - 1);
      body.put(new byte[] {0x61, 'z', (byte) 0x9f});
      for (int i = 0; i < 300_000 / pattern.length; i++) {
        for (int octet : pattern) {
          body.put((byte) octet);
        }
      }
      body.put((byte) 0xff).put((byte) 0xff);
      decode(Bodies.seal(Arrays.copyOf(body.array(), body.position())));
    }
    assertThat(refused).isZero();
  }

  private void decode(byte[] envelope) {
    SessionState session = null;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      session = Manifest.decode(envelope);
      read++;
    } catch (ManifestException e) {
      refused++;
      assertThat(e.problem()).isNotEmpty();
      assertThat(e.remedy()).isNotEmpty();
    } catch (RuntimeException | Error e) {
      fail("other exception for " + HexFormat.of().formatHex(envelope), e);
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated)
        .as("allocated for %d bytes", envelope.length)
        .isLessThan(ALLOCATED_BASE + ALLOCATED_PER_BYTE * envelope.length);
    if (session != null) {
      byte[] again = Manifest.encode(session);
      assertThat(Manifest.decode(MemorySegment.ofArray(again))).isEqualTo(session);
    }
  }

  /** A few random changes of any kind. */
  private static byte[] damaged(RandomGenerator random, byte[] original) {
    byte[] bytes = original.clone();
    for (int changes = 1 + random.nextInt(3); changes > 0 && bytes.length > 0; changes--) {
      int at = random.nextInt(bytes.length);
      int length = Math.min(1 + random.nextInt(12), bytes.length - at);
      switch (random.nextInt(7)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes[at] = (byte) (random.nextInt(8) << 5 | 24 + random.nextInt(8));
        case 3 -> bytes = Arrays.copyOf(bytes, at);
        case 4 ->
            bytes =
                joined(
                    Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at + length, bytes.length));
        case 5 -> {
          byte[] more = new byte[length];
          random.nextBytes(more);
          bytes =
              joined(Arrays.copyOf(bytes, at), more, Arrays.copyOfRange(bytes, at, bytes.length));
        }
        default -> {
          int from = random.nextInt(bytes.length - length + 1);
          System.arraycopy(bytes, from, bytes, at, length);
        }
      }
    }
    return bytes;
  }

  private static byte[] joined(byte[]... parts) {
    byte[] all = new byte[0];
    for (byte[] part : parts) {
      int at = all.length;
      all = Arrays.copyOf(all, at + part.length);
      System.arraycopy(part, 0, all, at, part.length);
    }
    return all;
  }

  private static void collect(Object value, List<Object> values) {
    values.add(value);
    if (value instanceof Map<?, ?> map) {
      map.values().forEach(field -> collect(field, values));
    } else if (value instanceof List<?> list) {
      list.forEach(element -> collect(element, values));
    }
  }

  /** The tree with one value replaced: the one that is reached when the countdown is at 0. */
  private static Object replace(Object value, Object replacement, int[] countdown) {
    if (countdown[0]-- == 0) {
      return replacement;
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      map.forEach((name, field) -> copy.put((String) name, replace(field, replacement, countdown)));
      return copy;
    }
    if (value instanceof List<?> list) {
      List<Object> copy = new ArrayList<>();
      list.forEach(element -> copy.add(replace(element, replacement, countdown)));
      return copy;
    }
    return value;
  }
}
