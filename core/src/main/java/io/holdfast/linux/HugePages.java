package io.holdfast.linux;

import io.holdfast.sys.Undo;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.Arena;
import java.util.OptionalInt;

/**
 * Memory made of huge pages, where the kernel has any: 2 MiB that lie in one piece.
 *
 * <p>By MADV_COLLAPSE, which makes them whatever {@code
 * /sys/kernel/mm/transparent_hugepage/shmem_enabled} says, short of {@code deny}: it moves the
 * pages of a 2 MiB stretch of the file, of which one at least has to be there, into one piece.
 * Tried on the real kernel by {@code HugePageContractTest}.
 */
public final class HugePages {
  /** The size of one. */
  public static final long BYTES = 2L << 20;

  private HugePages() {}

  /**
   * Maps the whole of a new memfd and makes huge pages of it, as many as the kernel will; where it
   * will not, the memory is as good, but in pieces.
   *
   * @param sizeBytes its size, a multiple of {@link #BYTES}
   * @param node the NUMA node that its pages are to come from as long as that has any, if it
   *     matters
   */
  public static MappedMemory map(Memfd memfd, long sizeBytes, OptionalInt node) {
    try (Undo undo = new Undo();
        Arena arena = Arena.ofConfined()) {
      MappedMemory memory = undo.closes(aligned(memfd, sizeBytes));
      node.ifPresent(memory::preferNode);
      var zero = arena.allocate(1);
      int advised = 0;
      for (long offset = 0; offset < sizeBytes && advised == 0; offset += BYTES) {
        memfd.write(zero, offset);
        advised = memory.advise(offset, BYTES, MmanUapi.MADV_COLLAPSE);
      }
      undo.forget();
      return memory;
    }
  }

  /**
   * Where a huge page of the file can be one of the process's, if the kernel lets it choose: at the
   * multiple of its size before the place where there is room. The same calls wherever that is.
   */
  private static MappedMemory aligned(Memfd memfd, long sizeBytes) {
    long room;
    try (MappedMemory memory = memfd.map(0, sizeBytes)) {
      room = memory.segment().address();
    }
    return MappedMemory.map(memfd, room / BYTES * BYTES, 0, sizeBytes);
  }
}
