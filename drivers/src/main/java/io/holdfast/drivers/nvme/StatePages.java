package io.holdfast.drivers.nvme;

import io.holdfast.DmaBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32C;

/**
 * What the driver knows, in memory that outlives it. The device never touches these pages.
 *
 * <pre>
 * page 0      magic, version, number of queues, their checksum; the stage and the generation
 * 9 pages     queue 0, the admin queue: its {@link Slots}
 * 9 pages     queue 1 …
 * </pre>
 *
 * <p>Every field that changes is 64 bits, aligned, and written at once, so that a process that dies
 * leaves either the old or the new value. The magic is written last, the stage has a check of its
 * own.
 */
final class StatePages {
  /** How far the controller's start has got. */
  enum Stage {
    /** The rings hold nothing that matters: nothing was started, or all of it was taken out. */
    EMPTY(1),
    /** The controller is being stopped; the rings hold completions that were not taken out. */
    STOPPING(2),
    /** The rings are in use. */
    RUNNING(3);

    private final int code;

    Stage(int code) {
      this.code = code;
    }
  }

  private static final long MAGIC_WORD = 0x3130_454d_564e_4648L; // "HFNVME01"
  private static final int VERSION = 1;
  private static final long MAGIC = 0;
  private static final long FORMAT = 8;
  private static final long CHECKSUM = 16;
  private static final long LIFE = 64;
  private static final long PAGE = 4096;

  private final MemorySegment memory;
  private final String name;

  private StatePages(DmaBuffer buffer) {
    this.memory = buffer.segment();
    this.name = buffer.name();
  }

  static long bytes(int queues) {
    return PAGE + queues * Slots.BYTES;
  }

  /**
   * Those of a buffer: new ones where it is new.
   *
   * @throws NvmeException if they are another driver's, or damaged
   */
  static StatePages of(DmaBuffer buffer, int queues) {
    StatePages pages = new StatePages(buffer);
    long magic = pages.get(MAGIC);
    long format = (long) VERSION << 32 | queues;
    if (magic == 0) {
      pages.put(FORMAT, format);
      pages.put(CHECKSUM, checksum(format));
      pages.life(Stage.EMPTY, 0);
      Words.RELEASE.setRelease(pages.memory, MAGIC, MAGIC_WORD);
    } else if (magic != MAGIC_WORD || pages.get(CHECKSUM) != checksum(pages.get(FORMAT))) {
      throw new NvmeException(
          "the state pages in buffer " + pages.name + " are damaged",
          "discard the session: what was outstanding cannot be told any more");
    } else if (pages.get(FORMAT) != format) {
      throw new NvmeException(
          "buffer %s was made by version %d of this driver, not by version %d"
              .formatted(pages.name, pages.get(FORMAT) >>> 32, VERSION),
          "open it with that version, let everything end, and begin a new session");
    }
    pages.stage();
    return pages;
  }

  private static long checksum(long format) {
    CRC32C sum = new CRC32C();
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      sum.update((int) (format >>> shift) & 0xff);
    }
    return sum.getValue();
  }

  Slots slots(int queue) {
    return new Slots(memory.asSlice(PAGE + queue * Slots.BYTES, Slots.BYTES));
  }

  /** How often the controller was started with these rings. */
  long generation() {
    return get(LIFE) >>> 32;
  }

  Stage stage() {
    long life = get(LIFE);
    for (Stage stage : Stage.values()) {
      if (life == word(stage, life >>> 32)) {
        return stage;
      }
    }
    throw new NvmeException(
        "the stage in buffer %s is damaged (0x%x)".formatted(name, life),
        "discard the session: what was outstanding cannot be told any more");
  }

  void stage(Stage stage) {
    life(stage, generation());
  }

  /** Begins the next generation, with empty rings. */
  void nextGeneration() {
    life(Stage.EMPTY, generation() + 1);
  }

  private void life(Stage stage, long generation) {
    Words.RELEASE.setRelease(memory, LIFE, word(stage, generation));
  }

  /** Generation, check and stage. */
  private static long word(Stage stage, long generation) {
    long check = (generation * 31 + stage.code * 7L + 0x5a) & 0xffffff;
    return generation << 32 | check << 8 | stage.code;
  }

  private long get(long at) {
    return memory.get(ValueLayout.JAVA_LONG, at);
  }

  private void put(long at, long value) {
    memory.set(ValueLayout.JAVA_LONG, at, value);
  }
}
