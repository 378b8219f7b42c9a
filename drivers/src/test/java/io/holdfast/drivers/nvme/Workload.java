package io.holdfast.drivers.nvme;

import io.holdfast.DmaSlice;
import io.holdfast.Ioas;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What a user of the disk does: random commands, 32 of them outstanding, and a model of what the
 * disk has to hold.
 *
 * <p>The model is in a buffer of the session, as the user's own memory: how often each cell (4 KiB
 * of a namespace) was written, and what each of the 32 places is used for. So it lives on as the
 * disk's driver does, and at any moment. A place is noted before its command is sent, and settled
 * when its command is told of. Commands that are outstanding never touch the same cell.
 */
public final class Workload {
  static final int PLACES = 32;
  static final int CELL = 4096;
  static final int CELLS = 512;
  private static final int MOST_CELLS = 4;
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final int NAMESPACES = 2;

  /** How often it was written: never, so that it is all zeroes; or what it holds is not known. */
  private static final int ZEROES = 0;

  private static final int UNKNOWN = -1;

  private static final int NONE = 0;
  private static final int WRITE = 1;
  private static final int READ = 2;
  private static final int FLUSH = 3;
  private static final int DEALLOCATE = 4;

  private static final long COUNTER = 0;
  private static final long PLACES_AT = 64;
  private static final long PLACE_BYTES = 32;
  private static final long VERSIONS_AT = 4096;
  private static final long MODEL_BYTES = VERSIONS_AT + 4L * NAMESPACES * CELLS;

  private final NvmeController disk;
  private final MemorySegment model;
  private final DmaSlice[][] data = new DmaSlice[PLACES][MOST_CELLS + 1];
  private final Random random;
  private final boolean readsZeroes;
  private final boolean[] busy = new boolean[NAMESPACES * CELLS];
  private final Set<Long> inherited = new HashSet<>();
  private int told;
  private int repeated;

  /**
   * A user of the disk, of which all queues are used.
   *
   * @param readsZeroes whether what is deallocated reads as zeroes
   */
  public Workload(NvmeController disk, Ioas ioas, long seed, boolean readsZeroes) {
    this.disk = disk;
    this.random = new Random(seed);
    this.readsZeroes = readsZeroes;
    var buffer = ioas.buffer("workload-data", (long) PLACES * MOST_CELLS * CELL);
    for (int place = 0; place < PLACES; place++) {
      for (int cells = 1; cells <= MOST_CELLS; cells++) {
        data[place][cells] = buffer.slice((long) place * MOST_CELLS * CELL, (long) cells * CELL);
      }
    }
    this.model = ioas.buffer("workload-model", MODEL_BYTES).segment();
    recover();
  }

  /** A place is settled, is outstanding still, or its command was never sent. */
  private void recover() {
    for (NvmeQueue queue : queues()) {
      queue.outstandingCommands().forEach(command -> inherited.add(command.tag()));
    }
    for (int place = 0; place < PLACES; place++) {
      if (kind(place) != NONE && !inherited.contains(tag(place))) {
        settle(place);
      } else if (kind(place) != NONE) {
        occupy(place, true);
      }
    }
  }

  private List<NvmeQueue> queues() {
    List<NvmeQueue> all = new ArrayList<>();
    for (int i = 0; i < disk.queues(); i++) {
      all.add(disk.queue(i));
    }
    return all;
  }

  /** How many commands were outstanding when it began. */
  public int inherited() {
    return inherited.size();
  }

  /** How many of those were told of though they had been settled. */
  public int repeated() {
    return repeated;
  }

  /** How many commands it was told of. */
  public int told() {
    return told;
  }

  private long placeAt(int place) {
    return PLACES_AT + place * PLACE_BYTES;
  }

  private int get(long at) {
    return model.get(ValueLayout.JAVA_INT, at);
  }

  private void put(long at, int value) {
    model.set(ValueLayout.JAVA_INT, at, value);
  }

  private int kind(int place) {
    return get(placeAt(place));
  }

  private int namespace(int place) {
    return get(placeAt(place) + 4);
  }

  private int firstCell(int place) {
    return get(placeAt(place) + 8);
  }

  private int cells(int place) {
    return get(placeAt(place) + 12);
  }

  private int version(int place) {
    return get(placeAt(place) + 16);
  }

  private long tag(int place) {
    return (long) version(place) << 8 | place;
  }

  private void settle(int place) {
    put(placeAt(place), NONE);
  }

  private static int index(int namespace, int cell) {
    return (namespace - 1) * CELLS + cell;
  }

  private int stored(int namespace, int cell) {
    return get(VERSIONS_AT + 4L * index(namespace, cell));
  }

  private void occupy(int place, boolean taken) {
    for (int i = 0; i < cells(place); i++) {
      busy[index(namespace(place), firstCell(place) + i)] = taken;
    }
  }

  /** Does commands until so many were told of, and leaves others outstanding. */
  public void run(int commands) {
    int goal = told + commands;
    while (told < goal) {
      send();
      for (NvmeQueue queue : queues()) {
        queue.await(this::completed, queue.outstanding() > 0 ? LONG : Duration.ZERO);
      }
    }
    send();
  }

  private void send() {
    for (int place = 0; place < PLACES; place++) {
      if (kind(place) == NONE) {
        sendOne(place);
      }
    }
  }

  /** Sends a random command, unless its cells are in use. */
  private void sendOne(int place) {
    int namespace = 1 + random.nextInt(NAMESPACES);
    int cells = 1 + random.nextInt(MOST_CELLS);
    int first = random.nextInt(CELLS - cells);
    for (int i = 0; i < cells; i++) {
      if (busy[index(namespace, first + i)]) {
        return;
      }
    }
    int dice = random.nextInt(20);
    int kind = dice < 10 ? WRITE : dice < 17 ? READ : dice < 18 ? FLUSH : DEALLOCATE;
    int version = get(COUNTER) + 1;
    put(COUNTER, version);
    put(placeAt(place) + 4, namespace);
    put(placeAt(place) + 8, first);
    put(placeAt(place) + 12, cells);
    put(placeAt(place) + 16, version);
    put(placeAt(place), kind);
    occupy(place, true);
    NvmeQueue queue = disk.queue(place % disk.queues());
    NvmeNamespace space = disk.namespace(namespace);
    DmaSlice memory = data[place][cells];
    int blocks = CELL / space.blockBytes();
    long block = (long) first * blocks;
    if (kind == WRITE) {
      for (int i = 0; i < cells; i++) {
        fill(memory.segment().asSlice((long) i * CELL, CELL), namespace, first + i, version);
      }
    } else if (kind == READ) {
      memory.segment().fill((byte) 0xee);
    }
    boolean sent =
        switch (kind) {
          case WRITE -> queue.write(space, block, memory, tag(place));
          case READ -> queue.read(space, block, memory, tag(place));
          case FLUSH -> queue.flush(space, tag(place));
          default -> queue.deallocate(space, block, cells * blocks, tag(place));
        };
    if (!sent) {
      throw new AssertionError("a queue of " + queue.capacity() + " is full");
    }
  }

  private void completed(long tag, int status) {
    int place = (int) tag & 0xff;
    if (status != NvmeStatus.SUCCESS) {
      throw new AssertionError("command " + tag + ": " + NvmeStatus.describe(status));
    }
    if (place >= PLACES || tag != tag(place)) {
      throw new AssertionError("told of command " + tag + ", which is not outstanding");
    }
    told++;
    if (kind(place) == NONE) {
      if (!inherited.remove(tag)) {
        throw new AssertionError("told of command " + tag + " twice");
      }
      repeated++;
      return;
    }
    inherited.remove(tag);
    for (int i = 0; i < cells(place); i++) {
      int cell = firstCell(place) + i;
      long at = VERSIONS_AT + 4L * index(namespace(place), cell);
      switch (kind(place)) {
        case WRITE -> put(at, version(place));
        case DEALLOCATE -> put(at, readsZeroes ? ZEROES : UNKNOWN);
        case READ ->
            compare(
                data[place][cells(place)].segment().asSlice((long) i * CELL, CELL),
                namespace(place),
                cell);
        default -> {}
      }
    }
    occupy(place, false);
    settle(place);
  }

  /** Waits for everything that is outstanding, reads the disk, and compares it with the model. */
  public void check() {
    for (NvmeQueue queue : queues()) {
      queue.drain(this::completed, LONG);
    }
    DmaSlice memory = data[0][1];
    for (int namespace = 1; namespace <= NAMESPACES; namespace++) {
      NvmeNamespace space = disk.namespace(namespace);
      for (int cell = 0; cell < CELLS; cell++) {
        space.read((long) cell * (CELL / space.blockBytes()), memory);
        compare(memory.segment(), namespace, cell);
      }
      space.flush();
    }
  }

  /** Compares what somebody else has read of a namespace, from its beginning on. */
  public void compareWith(int namespace, MemorySegment blocks) {
    for (int cell = 0; cell < CELLS; cell++) {
      compare(blocks.asSlice((long) cell * CELL, CELL), namespace, cell);
    }
  }

  private void compare(MemorySegment memory, int namespace, int cell) {
    int version = stored(namespace, cell);
    if (version == UNKNOWN) {
      return;
    }
    for (long at = 0; at < CELL; at += Long.BYTES) {
      long is = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
      long expected = word(namespace, cell, version, at);
      if (is != expected) {
        throw new AssertionError(
            "namespace %d, cell %d, byte %d: 0x%x instead of 0x%x of version %d"
                .formatted(namespace, cell, at, is, expected, version));
      }
    }
  }

  private static void fill(MemorySegment memory, int namespace, int cell, int version) {
    for (long at = 0; at < CELL; at += Long.BYTES) {
      memory.set(ValueLayout.JAVA_LONG, at, word(namespace, cell, version, at));
    }
  }

  private static long word(int namespace, int cell, int version, long at) {
    return version == ZEROES
        ? 0
        : ((long) version << 32 | (long) namespace << 24 | (long) cell << 12 | at)
            * 0x9e37_79b9_7f4a_7c15L;
  }
}
