package io.holdfast.sim;

import static io.holdfast.uapi.IommufdUapi.*;

import io.holdfast.sim.Ioas.Piece;
import io.holdfast.sim.IovaRanges.Range;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_allow_iovas;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_change_process;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_copy;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_iova_ranges;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map_file;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_noiommu_get_pa;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_unmap;
import io.holdfast.uapi.IommufdUapi.iommu_iova_range;
import io.holdfast.uapi.IommufdUapi.iommu_option;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The requests about an IOAS's mappings ({@code drivers/iommu/iommufd/ioas.c}). */
final class IoasRequests {
  private static final int MAP_FLAGS =
      IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE;
  private static final int ACCESS_FLAGS = IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE;
  private static final long PAGE = PhysicalMemory.PAGE_BYTES;
  private static final long ALL_ONES = -1L;

  private final SimulatedKernel kernel;
  private final IommufdFile context;
  private boolean accountsByProcess;

  IoasRequests(SimulatedKernel kernel, IommufdFile context) {
    this.kernel = kernel;
    this.context = context;
  }

  void ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == IOMMU_IOAS_NOIOMMU_GET_PA) {
      physicalAddress(caller, argument);
    } else if (request == IOMMU_IOAS_MAP_FILE) {
      mapFile(caller, argument);
    } else if (request == IOMMU_IOAS_MAP) {
      mapMemory(caller, argument);
    } else if (request == IOMMU_IOAS_UNMAP) {
      unmap(argument);
    } else if (request == IOMMU_IOAS_COPY) {
      copy(argument);
    } else if (request == IOMMU_IOAS_IOVA_RANGES) {
      iovaRanges(argument);
    } else if (request == IOMMU_IOAS_ALLOW_IOVAS) {
      allowIovas(argument);
    } else if (request == IOMMU_IOAS_CHANGE_PROCESS) {
      changeProcess(argument);
    } else if (request == IOMMU_OPTION) {
      option(caller, argument);
    } else {
      throw Failure.of(Errno.ENOTTY);
    }
  }

  private Ioas ioas(int id) {
    return context.find(id, Ioas.class);
  }

  private void physicalAddress(SimulatedProcess caller, MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_noiommu_get_pa.LAYOUT, 40);
    if (!caller.credentials().has(Credentials.CAP_SYS_RAWIO)) {
      throw Failure.of(Errno.EPERM);
    }
    if (iommu_ioas_noiommu_get_pa.flags.get(in) != 0
        || iommu_ioas_noiommu_get_pa.__reserved.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    long iova = iommu_ioas_noiommu_get_pa.iova.get(in);
    long length = iommu_ioas_noiommu_get_pa.length.get(in);
    if (length == 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (iova == ALL_ONES) {
      throw Failure.of(Errno.EOVERFLOW);
    }
    Ioas ioas = ioas(iommu_ioas_noiommu_get_pa.ioas_id.get(in));
    Area area = ioas.areaAt(iova);
    if (area == null) {
      throw Failure.of(Errno.ENOENT);
    }
    if (!ioas.knowsPhysicalAddresses()) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    long mapped = area.last() - iova + 1;
    long most = Long.compareUnsigned(length, mapped) < 0 ? length : mapped;
    long start = area.physicalAddress(iova);
    long run = PAGE - start % PAGE;
    while (run < most && area.physicalAddress(iova + run) == start + run) {
      run += PAGE;
    }
    iommu_ioas_noiommu_get_pa.out_phys.set(in, start);
    iommu_ioas_noiommu_get_pa.length.set(in, Math.min(run, most));
    UserMemory.respond(argument, in);
  }

  private void mapFile(SimulatedProcess caller, MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_map_file.LAYOUT, 40);
    int flags = iommu_ioas_map_file.flags.get(in);
    long iova = iommu_ioas_map_file.iova.get(in);
    long length = iommu_ioas_map_file.length.get(in);
    long start = iommu_ioas_map_file.start.get(in);
    if ((flags & ~MAP_FLAGS) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    checkMap(flags, iova, length);
    Ioas ioas = ioas(iommu_ioas_map_file.ioas_id.get(in));
    if (length == 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (Long.compareUnsigned(start + length - 1, start) < 0) {
      throw Failure.of(Errno.EOVERFLOW);
    }
    OpenFile file = caller.descriptors().get(iommu_ioas_map_file.fd.get(in));
    long base = start & -PAGE;
    requireCountable(length);
    FilePages pages = new FilePages(kernel, caller, file, base, isWritable(flags));
    long at = map(ioas, pages, start - base, length, iova, flags);
    iommu_ioas_map_file.iova.set(in, at);
    UserMemory.respond(argument, in);
  }

  private void mapMemory(SimulatedProcess caller, MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_map.LAYOUT, 40);
    int flags = iommu_ioas_map.flags.get(in);
    long iova = iommu_ioas_map.iova.get(in);
    long length = iommu_ioas_map.length.get(in);
    long address = iommu_ioas_map.user_va.get(in);
    if ((flags & ~MAP_FLAGS) != 0 || iommu_ioas_map.__reserved.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    checkMap(flags, iova, length);
    Ioas ioas = ioas(iommu_ioas_map.ioas_id.get(in));
    if (Long.compareUnsigned(address + length, address) < 0) {
      throw Failure.of(Errno.EOVERFLOW);
    }
    long base = address & -PAGE;
    requireCountable(length);
    UserPages pages = new UserPages(kernel, caller, base, isWritable(flags));
    long at = map(ioas, pages, address - base, length, iova, flags);
    iommu_ioas_map.iova.set(in, at);
    UserMemory.respond(argument, in);
  }

  private static void checkMap(int flags, long iova, long length) {
    if (iova == ALL_ONES || length == ALL_ONES) {
      throw Failure.of(Errno.EOVERFLOW);
    }
    if ((flags & ACCESS_FLAGS) == 0) {
      throw Failure.of(Errno.EINVAL);
    }
  }

  private static boolean isWritable(int flags) {
    return (flags & IOMMU_IOAS_MAP_WRITEABLE) != 0;
  }

  private static void requireCountable(long length) {
    if (length == 0 || Long.compareUnsigned(length, -1L - PAGE) > 0) {
      throw Failure.of(Errno.EINVAL);
    }
  }

  private static long map(
      Ioas ioas, Pages pages, long startByte, long length, long iova, int flags) {
    pages.hold();
    try {
      return ioas.map(
          List.of(new Piece(pages, startByte, length)),
          length,
          iova,
          (flags & IOMMU_IOAS_MAP_FIXED_IOVA) != 0,
          flags & ACCESS_FLAGS);
    } finally {
      pages.put();
    }
  }

  private void copy(MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_copy.LAYOUT, 40);
    int flags = iommu_ioas_copy.flags.get(in);
    long length = iommu_ioas_copy.length.get(in);
    long from = iommu_ioas_copy.src_iova.get(in);
    long to = iommu_ioas_copy.dst_iova.get(in);
    if ((flags & ~MAP_FLAGS) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    if (from == ALL_ONES) {
      throw Failure.of(Errno.EOVERFLOW);
    }
    checkMap(flags, to, length);
    List<Piece> pieces = ioas(iommu_ioas_copy.src_ioas_id.get(in)).pieces(from, length);
    Ioas target = ioas(iommu_ioas_copy.dst_ioas_id.get(in));
    long at =
        target.map(
            pieces, length, to, (flags & IOMMU_IOAS_MAP_FIXED_IOVA) != 0, flags & ACCESS_FLAGS);
    iommu_ioas_copy.dst_iova.set(in, at);
    UserMemory.respond(argument, in);
  }

  private void unmap(MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_unmap.LAYOUT, 24);
    Ioas ioas = ioas(iommu_ioas_unmap.ioas_id.get(in));
    long iova = iommu_ioas_unmap.iova.get(in);
    long length = iommu_ioas_unmap.length.get(in);
    long bytes;
    if (iova == 0 && length == ALL_ONES) {
      bytes = ioas.unmapAll();
    } else if (iova == ALL_ONES || length == ALL_ONES) {
      throw Failure.of(Errno.EOVERFLOW);
    } else {
      bytes = ioas.unmap(iova, length);
    }
    iommu_ioas_unmap.length.set(in, bytes);
    UserMemory.respond(argument, in);
  }

  private void iovaRanges(MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_iova_ranges.LAYOUT, 32);
    if (iommu_ioas_iova_ranges.__reserved.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    Ioas ioas = ioas(iommu_ioas_iova_ranges.ioas_id.get(in));
    List<Range> ranges = ioas.usable();
    int room = iommu_ioas_iova_ranges.num_iovas.get(in);
    int written = Integer.compareUnsigned(room, ranges.size()) < 0 ? room : ranges.size();
    long entryBytes = iommu_iova_range.LAYOUT.size();
    if (written > 0) {
      MemorySegment out =
          UserMemory.at(iommu_ioas_iova_ranges.allowed_iovas.get(in), written * entryBytes);
      for (int i = 0; i < written; i++) {
        MemorySegment entry = out.asSlice(i * entryBytes, entryBytes);
        iommu_iova_range.start.set(entry, ranges.get(i).start());
        iommu_iova_range.last.set(entry, ranges.get(i).last());
      }
    }
    iommu_ioas_iova_ranges.num_iovas.set(in, ranges.size());
    iommu_ioas_iova_ranges.out_iova_alignment.set(in, ioas.alignment());
    UserMemory.respond(argument, in);
    if (written < ranges.size()) {
      throw Failure.of(Errno.EMSGSIZE);
    }
  }

  private void allowIovas(MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_allow_iovas.LAYOUT, 24);
    if (iommu_ioas_allow_iovas.__reserved.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    Ioas ioas = ioas(iommu_ioas_allow_iovas.ioas_id.get(in));
    int count = iommu_ioas_allow_iovas.num_iovas.get(in);
    List<Range> ranges = new ArrayList<>();
    long entryBytes = iommu_iova_range.LAYOUT.size();
    for (int i = 0; i < count; i++) {
      MemorySegment entry =
          UserMemory.at(iommu_ioas_allow_iovas.allowed_iovas.get(in) + i * entryBytes, entryBytes);
      Range range = new Range(iommu_iova_range.start.get(entry), iommu_iova_range.last.get(entry));
      if (Long.compareUnsigned(range.start(), range.last()) >= 0
          || ranges.stream().anyMatch(each -> each.overlaps(range.start(), range.last()))) {
        throw Failure.of(Errno.EINVAL);
      }
      ranges.add(range);
    }
    ranges.sort(IovaRanges.BY_START);
    ioas.allow(ranges);
  }

  private void option(SimulatedProcess caller, MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_option.LAYOUT, 24);
    if (iommu_option.__reserved.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    int option = iommu_option.option_id.get(in);
    if (option == IOMMU_OPTION_RLIMIT_MODE) {
      if (iommu_option.object_id.get(in) != 0) {
        throw Failure.of(Errno.EOPNOTSUPP);
      }
      if (isSet(in)) {
        rlimitMode(caller, iommu_option.val64.get(in));
      } else {
        iommu_option.val64.set(in, accountsByProcess ? 1 : 0);
      }
    } else if (option == IOMMU_OPTION_HUGE_PAGES) {
      Ioas ioas = ioas(iommu_option.object_id.get(in));
      long value = iommu_option.val64.get(in);
      if (!isSet(in)) {
        iommu_option.val64.set(in, ioas.largePages() ? 1 : 0);
      } else if (value == 0 || value == 1) {
        ioas.largePages(value == 1);
      } else {
        throw Failure.of(Errno.EINVAL);
      }
    } else {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    UserMemory.respond(argument, in);
  }

  /**
   * Moves what is pinned to the caller's user. Here all processes are one user's, for whom Linux
   * 7.3 moves nothing; memory of a process cannot be moved at all.
   */
  private void changeProcess(MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_change_process.LAYOUT, 8);
    if (iommu_ioas_change_process.__reserved.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    if (context.mapsMemory()) {
      throw Failure.of(Errno.EINVAL);
    }
  }

  private static boolean isSet(MemorySegment in) {
    int op = iommu_option.op.get(in);
    if (op != IOMMU_OPTION_OP_SET && op != IOMMU_OPTION_OP_GET) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    return op == IOMMU_OPTION_OP_SET;
  }

  /**
   * Accounting by process or by user comes to the same here, where all processes are one user's.
   */
  private void rlimitMode(SimulatedProcess caller, long value) {
    if (!caller.credentials().has(Credentials.CAP_SYS_RESOURCE)) {
      throw Failure.of(Errno.EPERM);
    }
    if (!context.isEmpty()) {
      throw Failure.of(Errno.EBUSY);
    }
    if (value != 0 && value != 1) {
      throw Failure.of(Errno.EINVAL);
    }
    accountsByProcess = value == 1;
  }
}
