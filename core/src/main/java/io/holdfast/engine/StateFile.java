package io.holdfast.engine;

import io.holdfast.session.SessionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A driver's few bytes in a memfd of their own: the engine's half of the public {@code SavedState}.
 *
 * <pre>
 * 0   magic, capacity in bytes (4), 4 unused, lives (8)
 * 64  a slot: sequence (8), life (8), version (4), length (4), CRC-32C (4) of those and the bytes
 * 128 its bytes, and at the next multiple of 64 the other slot
 * </pre>
 *
 * <p>Saving overwrites the older slot, its sequence last: a process may be killed at any
 * instruction and what was saved before is still whole. Thread-safe.
 */
public final class StateFile {
  private static final long MAGIC = 0x31_45_54_41_54_53_46_48L; // "HFSTATE1"
  private static final long CAPACITY = 8;
  private static final long LIVES = 16;
  private static final int HEADER_BYTES = 64;

  private static final long SEQUENCE = 0;
  private static final long LIFE = 8;
  private static final long VERSION = 16;
  private static final long LENGTH = 20;
  private static final long CHECKSUM = 24;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final VarHandle WORD = LONG.varHandle();

  private final String name;
  private final int capacityBytes;
  private final MemorySegment memory;
  private final MemorySegment[] slots = new MemorySegment[2];
  private final ByteBuffer[] buffers = new ByteBuffer[2];
  private final CRC32C crc = new CRC32C();
  private final long life;

  /** The slot that was saved last, -1 if nothing was. */
  private int current;

  /** The state in a file that was made for it, and a new life. */
  StateFile(LiveFile file, int capacityBytes) {
    this.name = file.state().name();
    this.capacityBytes = capacityBytes;
    this.memory = file.whole();
    require();
    long slotBytes = slotBytes(capacityBytes);
    for (int i = 0; i < 2; i++) {
      slots[i] = memory.asSlice(HEADER_BYTES + i * slotBytes, slotBytes);
      buffers[i] = slots[i].asByteBuffer();
    }
    this.life = memory.get(LONG, LIVES) + 1;
    memory.set(LONG, LIVES, life);
    this.current = newest();
  }

  /** Makes a state of zeroes, in which nothing is saved yet. */
  static void initialise(MemorySegment memory, int capacityBytes) {
    memory.set(INT, CAPACITY, capacityBytes);
    memory.set(LONG, 0, MAGIC);
  }

  /** How long a file for so many bytes is. */
  static long fileBytes(int capacityBytes, long pageBytes) {
    return Math.ceilDiv(HEADER_BYTES + 2 * slotBytes(capacityBytes), pageBytes) * pageBytes;
  }

  private static long slotBytes(int capacityBytes) {
    return HEADER_BYTES + Math.ceilDiv(capacityBytes, HEADER_BYTES) * (long) HEADER_BYTES;
  }

  void requireCapacity(int asked) {
    if (asked != capacityBytes) {
      throw new SessionException(
          "state \"%s\" has room for %d bytes, not for %d".formatted(name, capacityBytes, asked),
          "ask for it as it was made, or use another name");
    }
  }

  private void require() {
    if (memory.byteSize() < HEADER_BYTES || memory.get(LONG, 0) != MAGIC) {
      throw new SessionException(
          "memfd \"" + name + "\" is not one that state() made",
          "choose another name for the state");
    }
    int found = memory.get(INT, CAPACITY);
    if (found != capacityBytes || memory.byteSize() < HEADER_BYTES + 2 * slotBytes(capacityBytes)) {
      throw new SessionException(
          "state \"%s\" has room for %d bytes, not for %d".formatted(name, found, capacityBytes),
          "ask for it as it was made, or use another name");
    }
  }

  private int newest() {
    int newest = -1;
    for (int i = 0; i < 2; i++) {
      if (isWhole(i)
          && (newest < 0 || slots[i].get(LONG, SEQUENCE) > slots[newest].get(LONG, SEQUENCE))) {
        newest = i;
      }
    }
    return newest;
  }

  private boolean isWhole(int slot) {
    MemorySegment memoryOfSlot = slots[slot];
    int length = memoryOfSlot.get(INT, LENGTH);
    return memoryOfSlot.get(LONG, SEQUENCE) > 0
        && length >= 0
        && length <= capacityBytes
        && memoryOfSlot.get(INT, CHECKSUM) == checksum(slot, length);
  }

  /** Of everything but the sequence, which is one store. */
  private int checksum(int slot, int length) {
    ByteBuffer buffer = buffers[slot];
    crc.reset();
    crc.update(buffer.clear().position((int) LIFE).limit((int) CHECKSUM));
    crc.update(buffer.clear().position(HEADER_BYTES).limit(HEADER_BYTES + length));
    return (int) crc.getValue();
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** How many bytes it has room for. */
  public int capacityBytes() {
    return capacityBytes;
  }

  /** Which life this is, from 1 on. */
  public long life() {
    return life;
  }

  /** Whether anything was saved. */
  public synchronized boolean isPresent() {
    return current >= 0;
  }

  /** How many bytes were saved last; 0 if nothing was. */
  public synchronized int lengthBytes() {
    return current < 0 ? 0 : slots[current].get(INT, LENGTH);
  }

  /** The version they were saved with; 0 if nothing was. */
  public synchronized int version() {
    return current < 0 ? 0 : slots[current].get(INT, VERSION);
  }

  /** The life they were saved in; 0 if nothing was. */
  public synchronized long savedInLife() {
    return current < 0 ? 0 : slots[current].get(LONG, LIFE);
  }

  /** Copies them, as many as there is room for, and answers how many. */
  public synchronized int read(MemorySegment target) {
    int length = (int) Math.min(lengthBytes(), target.byteSize());
    if (length > 0) {
      MemorySegment.copy(slots[current], HEADER_BYTES, target, 0, length);
    }
    return length;
  }

  /** Saves bytes in the place of those saved before. */
  public synchronized void save(int version, MemorySegment bytes) {
    if (bytes.byteSize() > capacityBytes) {
      throw new IllegalArgumentException(
          "state \"%s\" has room for %d bytes, not for %d"
              .formatted(name, capacityBytes, bytes.byteSize()));
    }
    long sequence = current < 0 ? 1 : slots[current].get(LONG, SEQUENCE) + 1;
    int slot = current == 0 ? 1 : 0;
    int length = (int) bytes.byteSize();
    MemorySegment older = slots[slot];
    WORD.setRelease(older, SEQUENCE, 0L);
    VarHandle.storeStoreFence();
    older.set(LONG, LIFE, life);
    older.set(INT, VERSION, version);
    older.set(INT, LENGTH, length);
    MemorySegment.copy(bytes, 0, older, HEADER_BYTES, length);
    older.set(INT, CHECKSUM, checksum(slot, length));
    WORD.setRelease(older, SEQUENCE, sequence);
    current = slot;
  }
}
