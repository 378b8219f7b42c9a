package io.holdfast.sim;

import io.holdfast.sim.SessionLog.SavedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;

/** Turns a machine's directory into the one the next kernel finds. Nobody has the machine open. */
final class NextBoot {
  private static final long BOOT_SALT = 0x9e37_79b9_7f4a_7c15L;
  private static final int VFIO_INDICES = 8;

  private final MachineDirectory directory;

  NextBoot(MachineDirectory directory) {
    this.directory = directory;
  }

  /** Puts a new machine into an empty directory, and switches it on. */
  BootFile first(SimulatedMachine machine) {
    MachineDirectory.makeDirectory(directory.path().resolve("memory"));
    MachineDirectory.makeDirectory(directory.path().resolve("devices"));
    writeMachine(machine);
    SessionLog.start(directory, Map.of()).close();
    return writeBoot(machine, 1, new BitSet());
  }

  /** A kexec: carries sessions over, and gives most of what became free to somebody else. */
  BootFile kexec(
      SimulatedMachine next, BootFile before, Map<String, Map<Long, SavedFile>> carried) {
    BitSet freed = inUse();
    try (Arena arena = Arena.ofConfined()) {
      PhysicalMemory memory =
          new PhysicalMemory(
              next.memoryBytes(),
              next.singlePagePercent(),
              next.numaNodes(),
              seed(next, before.generation() + 1),
              arena.allocate(next.memoryBytes() >> PhysicalMemory.PAGE_SHIFT));
      FrameOwner carriedOwner = new FrameOwner.Elsewhere("carried over");
      for (var session : carried.values()) {
        for (SavedFile file : session.values()) {
          for (int pfn : SessionLog.readFrames(directory, file.inode())) {
            memory.take(pfn, carriedOwner, 0);
          }
        }
      }
      BitSet foreign = memory.giveAway(freed);
      for (Path device : list("devices")) {
        clearBusMaster(device);
      }
      return replace(next, before, carried, foreign);
    }
  }

  /** Power goes off and on: nothing stays. */
  BootFile coldBoot(SimulatedMachine next, BootFile before) {
    for (Path device : list("devices")) {
      delete(device);
    }
    return replace(next, before, Map.of(), new BitSet());
  }

  private BootFile replace(
      SimulatedMachine next,
      BootFile before,
      Map<String, Map<Long, SavedFile>> carried,
      BitSet foreign) {
    writeMachine(next);
    SessionLog.start(directory, carried).close();
    BootFile boot = writeBoot(next, before.generation() + 1, foreign);
    discardAllBut(carried);
    return boot;
  }

  /** Deletes the memory of files that no session refers to. */
  void discardAllBut(Map<String, Map<Long, SavedFile>> sessions) {
    Set<String> wanted = new HashSet<>();
    for (var session : sessions.values()) {
      for (SavedFile file : session.values()) {
        wanted.add(Long.toString(file.inode()));
        wanted.add(file.inode() + ".frames");
      }
    }
    for (Path file : list("memory")) {
      if (!wanted.contains(file.getFileName().toString())) {
        delete(file);
      }
    }
  }

  static long seed(SimulatedMachine machine, long generation) {
    return machine.seed() ^ generation * BOOT_SALT;
  }

  private void writeMachine(SimulatedMachine machine) {
    directory.write(directory.path().resolve("machine"), out -> MachineFile.encode(machine, out));
  }

  private BootFile writeBoot(SimulatedMachine machine, long generation, BitSet foreign) {
    SplittableRandom random = new SplittableRandom(seed(machine, generation));
    UUID bootId =
        new UUID(
            (random.nextLong() & ~0xf000L) | 0x4000L,
            (random.nextLong() & ~(3L << 62)) | (1L << 63));
    int vfioIndex = generation == 1 ? 0 : random.nextInt(VFIO_INDICES);
    BootFile boot =
        new BootFile(
            generation,
            bootId,
            machine.startsInNoiommuMode(),
            vfioIndex,
            Optional.empty(),
            new TreeMap<>(),
            foreign);
    directory.write(directory.path().resolve("boot"), boot::encode);
    return boot;
  }

  private BitSet inUse() {
    Path frames = directory.path().resolve("frames");
    if (!Files.exists(frames)) {
      return new BitSet();
    }
    try {
      return PhysicalMemory.marked(MemorySegment.ofArray(Files.readAllBytes(frames)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void clearBusMaster(Path device) {
    try (FileChannel channel =
            FileChannel.open(device, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      MemorySegment config =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, ConfigSpace.CONVENTIONAL_BYTES, arena);
      byte command = config.get(ValueLayout.JAVA_BYTE, ConfigSpace.COMMAND);
      config.set(
          ValueLayout.JAVA_BYTE,
          ConfigSpace.COMMAND,
          (byte) (command & ~ConfigSpace.COMMAND_MASTER));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Iterable<Path> list(String name) {
    try (var files = Files.list(directory.path().resolve(name))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
