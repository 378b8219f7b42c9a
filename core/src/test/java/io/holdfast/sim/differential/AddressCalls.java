package io.holdfast.sim.differential;

import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_noiommu_get_pa;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** IOMMU_IOAS_NOIOMMU_GET_PA, told so that it does not depend on where memory lies. */
final class AddressCalls {
  static final String GET_PA = "IOMMU_IOAS_NOIOMMU_GET_PA";

  /** GET_PA of {@code count} pages, one by one. */
  static final String PAGES = "pages";

  private static final long PAGE = 4096;
  private static final int MOST_EXTENTS = 4096;

  private final Syscalls kernel;
  private final Slots slots;
  private final Map<Long, Integer> numbers;

  /** {@code numbers} are those of the frames seen so far in the program. */
  AddressCalls(Syscalls kernel, Slots slots, Map<Long, Integer> numbers) {
    this.kernel = kernel;
    this.slots = slots;
    this.numbers = numbers;
  }

  private long argument(Step step, String name, long otherwise) {
    Operand operand = step.arguments().get(name);
    return operand == null ? otherwise : slots.get(operand);
  }

  /** Goes on where an extent ends, to the end of what was asked or the first refusal. */
  Answer getPa(Step step) {
    int fd = (int) argument(step, "on", -1);
    long iova = argument(step, "iova", 0);
    long length = argument(step, "length", 0);
    Set<Long> cuts = new TreeSet<>();
    Set<Long> jumps = new TreeSet<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment struct = arena.allocate(iommu_ioas_noiommu_get_pa.LAYOUT.size() + PAGE, 8);
      long done = 0;
      long next = -1;
      String first = "";
      for (int extents = 0; ; extents++) {
        int answer = ask(struct, step, fd, iova + done, length - done);
        if (extents == 0 && answer < 0) {
          return Answer.of(StructCalls.errnoOr(answer));
        }
        if (answer < 0) {
          return new Answer(
              first + " covers " + Long.toHexString(done) + ' ' + StructCalls.errnoOr(answer),
              List.of(),
              cuts,
              jumps);
        }
        long address = iommu_ioas_noiommu_get_pa.out_phys.get(struct);
        long run = iommu_ioas_noiommu_get_pa.length.get(struct);
        if (extents == 0) {
          first = "0 at " + Long.toHexString(address % PAGE);
        } else {
          (address == next ? cuts : jumps).add(done);
        }
        if (run <= 0 || (run > length - done && length > 0) || extents == MOST_EXTENTS) {
          return Answer.of("an extent of " + run + " bytes");
        }
        done += run;
        next = address + run;
        if (done == length) {
          return new Answer(first, List.of(), cuts, jumps);
        }
      }
    }
  }

  private int ask(MemorySegment struct, Step step, int fd, long iova, long length) {
    struct.fill((byte) 0);
    iommu_ioas_noiommu_get_pa.size.set(
        struct, (int) argument(step, "size", iommu_ioas_noiommu_get_pa.LAYOUT.size()));
    iommu_ioas_noiommu_get_pa.flags.set(struct, (int) argument(step, "flags", 0));
    iommu_ioas_noiommu_get_pa.__reserved.set(struct, (int) argument(step, "__reserved", 0));
    iommu_ioas_noiommu_get_pa.ioas_id.set(struct, (int) argument(step, "ioas_id", 0));
    iommu_ioas_noiommu_get_pa.iova.set(struct, iova);
    iommu_ioas_noiommu_get_pa.length.set(struct, length);
    return kernel.ioctl(fd, IOMMU_IOAS_NOIOMMU_GET_PA, struct);
  }

  Answer pages(Step step) {
    int fd = (int) argument(step, "on", -1);
    long iova = argument(step, "iova", 0);
    List<Integer> frames = new ArrayList<>();
    StringBuilder text = new StringBuilder("0");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment struct = arena.allocate(iommu_ioas_noiommu_get_pa.LAYOUT.size() + PAGE, 8);
      for (long page = 0; page < argument(step, "count", 0); page++) {
        int answer = ask(struct, step, fd, iova + page * PAGE, PAGE);
        if (answer < 0) {
          text.append(' ').append(StructCalls.errnoOr(answer));
        } else {
          long address = iommu_ioas_noiommu_get_pa.out_phys.get(struct);
          text.append(' ').append(Long.toHexString(address % PAGE));
          frames.add(numbers.computeIfAbsent(address / PAGE, any -> numbers.size()));
        }
      }
    }
    return new Answer(text.toString(), frames, Set.of(), Set.of());
  }
}
