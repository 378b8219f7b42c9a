package io.holdfast.clitest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/**
 * Makes journals that somebody else may have made: damaged ones, and ones whose checksums are right
 * although what they say is not. It knows the frames from docs/journal.md, not from the code under
 * test.
 */
final class HostileJournals {
  static final long MAGIC = 0x4c4e524a444c4f48L;
  private static final int HEADER_BYTES = 52;
  private static final int LENGTH_AT = 12;
  private static final int CRC_AT = 16;
  private static final int SEQUENCE_AT = 40;
  private static final int RECORDS_AT = 48;
  private static final int TAIL_BYTES = 4096;
  private static final int CELL_AT = 64;
  private static final int BEGIN_AND_END = 3;
  private static final int KINDS = 12;

  private static final String[] TEXTS = {
    "\u001b[2J\u001b]0;owned\u0007",
    "a\nnic9        9  recording",
    "\u202egnp.exe\u2066",
    "../../etc/passwd",
    "%s%n${sys:user.home}",
    "x".repeat(300),
    "rings",
    ""
  };

  private final Random random;
  private final byte[] good;
  private final List<Integer> frames = new ArrayList<>();

  HostileJournals(byte[] good, long seed) {
    this.random = new Random(seed);
    this.good = good.clone();
    for (int at = 0; at + HEADER_BYTES <= good.length; at++) {
      if (little(good).getLong(at) == MAGIC && isWhole(good, at)) {
        frames.add(at);
      }
    }
    if (frames.size() < 3) {
      throw new IllegalArgumentException("there are only " + frames.size() + " frames");
    }
  }

  private static boolean isWhole(byte[] bytes, int at) {
    int length = little(bytes).getInt(at + LENGTH_AT);
    return length >= HEADER_BYTES
        && at + length <= bytes.length
        && checksum(bytes, at, length) == little(bytes).getInt(at + CRC_AT);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int checksum(byte[] bytes, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, CRC_AT);
    crc.update(bytes, at + CRC_AT + 4, length - CRC_AT - 4);
    return (int) crc.getValue();
  }

  private static void seal(byte[] bytes, int at) {
    int length = Math.clamp(little(bytes).getInt(at + LENGTH_AT), CRC_AT + 4, bytes.length - at);
    little(bytes).putInt(at + CRC_AT, checksum(bytes, at, length));
  }

  /** One more. */
  byte[] next() {
    byte[] journal = good.clone();
    int frame = frames.get(random.nextInt(frames.size()));
    switch (random.nextInt(8)) {
      case 0 -> {
        return damaged();
      }
      case 1 -> flip(journal, frame + HEADER_BYTES, payload(journal, frame), frame);
      case 2 -> flip(journal, frame + 8, HEADER_BYTES - 8, frame);
      case 3 -> replacePayload(journal, frame);
      case 4 -> copy(journal, frame, frames.get(random.nextInt(frames.size())));
      case 5 -> flip(journal, journal.length - TAIL_BYTES, CELL_AT + 8, -1);
      case 6 -> {
        // A header field of its own choice: the length of the file, or the kind of a record.
        little(journal).putLong(frame + HEADER_BYTES, random.nextLong());
        seal(journal, frame);
      }
      default -> append(journal);
    }
    return journal;
  }

  /** Without right checksums: cut, prolonged, or with wrong bytes anywhere. */
  private byte[] damaged() {
    byte[] damaged =
        switch (random.nextInt(3)) {
          case 0 -> Arrays.copyOf(good, random.nextInt(good.length));
          case 1 -> Arrays.copyOf(good, good.length + 1 + random.nextInt(5000));
          default -> good.clone();
        };
    for (int i = random.nextInt(9); i >= 0 && damaged.length > 0; i--) {
      int near = frames.get(random.nextInt(frames.size())) + random.nextInt(200);
      damaged[near % damaged.length] = (byte) random.nextInt(256);
    }
    return damaged;
  }

  private static int payload(byte[] journal, int frame) {
    return little(journal).getInt(frame + LENGTH_AT) - HEADER_BYTES;
  }

  /** Wrong bytes, and a checksum that is right all the same if there is a frame for it. */
  private void flip(byte[] journal, int at, int length, int frame) {
    for (int i = random.nextInt(4); i >= 0 && length > 0; i--) {
      journal[at + random.nextInt(length)] = (byte) random.nextInt(256);
    }
    if (frame >= 0) {
      seal(journal, frame);
    }
  }

  private void replacePayload(byte[] journal, int frame) {
    byte[] records = records();
    int length = Math.min(records.length, payload(journal, frame));
    System.arraycopy(records, 0, journal, frame + HEADER_BYTES, length);
    little(journal).putInt(frame + LENGTH_AT, HEADER_BYTES + length);
    seal(journal, frame);
  }

  /** One frame in the place of another, or with its number. */
  private void copy(byte[] journal, int from, int to) {
    if (random.nextBoolean()) {
      little(journal).putLong(to + SEQUENCE_AT, little(journal).getLong(from + SEQUENCE_AT));
    } else {
      int length = Math.min(payload(journal, from), payload(journal, to));
      System.arraycopy(journal, from + HEADER_BYTES, journal, to + HEADER_BYTES, length);
    }
    seal(journal, to);
  }

  /** A change more, acknowledged as it should be. */
  private void append(byte[] journal) {
    int last = frames.getLast();
    int at = (last + HEADER_BYTES + payload(journal, last) + 7) & -8;
    byte[] records = records();
    if (at + HEADER_BYTES + records.length > journal.length - TAIL_BYTES) {
      replacePayload(journal, last);
      return;
    }
    long sequence = little(journal).getLong(last + SEQUENCE_AT) + 1;
    System.arraycopy(journal, last, journal, at, HEADER_BYTES);
    System.arraycopy(records, 0, journal, at + HEADER_BYTES, records.length);
    little(journal)
        .putShort(at + 10, (short) BEGIN_AND_END)
        .putInt(at + LENGTH_AT, HEADER_BYTES + records.length)
        .putLong(at + SEQUENCE_AT, sequence)
        .putInt(at + RECORDS_AT, random.nextInt(4) == 0 ? random.nextInt() : 1);
    seal(journal, at);
    long acknowledged = sequence + 1;
    long check = ((acknowledged + 1) * 0x9e3779b97f4a7c15L) >>> 48;
    little(journal).putLong(journal.length - TAIL_BYTES + CELL_AT, acknowledged << 16 | check);
  }

  /** A record of any kind: a kind, a length, and a body that begins with a text. */
  private byte[] records() {
    byte[] text = TEXTS[random.nextInt(TEXTS.length)].getBytes(StandardCharsets.UTF_8);
    byte[] rest = new byte[random.nextInt(60)];
    random.nextBytes(rest);
    ByteBuffer record = ByteBuffer.allocate(5 + 3 + text.length + rest.length);
    record.order(ByteOrder.LITTLE_ENDIAN).position(5);
    if (random.nextBoolean()) {
      record.put((byte) 1); // The first field of what is described by a schema.
    }
    if (text.length < 0x80) {
      record.put((byte) text.length);
    } else {
      record.put((byte) (text.length | 0x80)).put((byte) (text.length >>> 7));
    }
    record.put(text).put(random.nextBoolean() ? rest : new byte[] {(byte) random.nextInt(4)});
    int length = record.position() - 5;
    record.put(0, (byte) (1 + random.nextInt(KINDS)));
    record.putInt(1, random.nextInt(8) == 0 ? random.nextInt() : length);
    return Arrays.copyOf(record.array(), record.position());
  }
}
