package io.holdfast.sim.differential;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.IommufdUapi.iommu_iova_range;
import io.holdfast.uapi.LiveupdateUapi;
import io.holdfast.uapi.Struct;
import io.holdfast.uapi.VfioUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The requests: their structs are filled by field name, and what the kernel changes in them is part
 * of the answer.
 */
final class StructCalls {
  /** Room behind a struct: for one that pretends to be longer, and for VFIO's trailing arrays. */
  private static final int TAIL_BYTES = 128;

  private static final int RANGES = 16;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

  /**
   * A request. {@code result} is the field its result is in; one that is a descriptor is told only
   * by its slot.
   */
  record Request(long number, Struct layout, Struct.Field result, boolean descriptor) {}

  private static final Map<String, Request> REQUESTS =
      Map.ofEntries(
          Map.entry(
              "IOMMU_DESTROY",
              request(IommufdUapi.IOMMU_DESTROY, IommufdUapi.iommu_destroy.LAYOUT)),
          Map.entry(
              "IOMMU_IOAS_ALLOC",
              giving(
                  IommufdUapi.IOMMU_IOAS_ALLOC,
                  IommufdUapi.iommu_ioas_alloc.LAYOUT,
                  IommufdUapi.iommu_ioas_alloc.out_ioas_id)),
          Map.entry(
              "IOMMU_IOAS_ALLOW_IOVAS",
              request(
                  IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS, IommufdUapi.iommu_ioas_allow_iovas.LAYOUT)),
          Map.entry(
              "IOMMU_IOAS_COPY",
              giving(
                  IommufdUapi.IOMMU_IOAS_COPY,
                  IommufdUapi.iommu_ioas_copy.LAYOUT,
                  IommufdUapi.iommu_ioas_copy.dst_iova)),
          Map.entry(
              "IOMMU_IOAS_IOVA_RANGES",
              request(
                  IommufdUapi.IOMMU_IOAS_IOVA_RANGES, IommufdUapi.iommu_ioas_iova_ranges.LAYOUT)),
          Map.entry(
              "IOMMU_IOAS_MAP",
              giving(
                  IommufdUapi.IOMMU_IOAS_MAP,
                  IommufdUapi.iommu_ioas_map.LAYOUT,
                  IommufdUapi.iommu_ioas_map.iova)),
          Map.entry(
              "IOMMU_IOAS_MAP_FILE",
              giving(
                  IommufdUapi.IOMMU_IOAS_MAP_FILE,
                  IommufdUapi.iommu_ioas_map_file.LAYOUT,
                  IommufdUapi.iommu_ioas_map_file.iova)),
          Map.entry(
              "IOMMU_IOAS_UNMAP",
              request(IommufdUapi.IOMMU_IOAS_UNMAP, IommufdUapi.iommu_ioas_unmap.LAYOUT)),
          Map.entry(
              "IOMMU_OPTION", request(IommufdUapi.IOMMU_OPTION, IommufdUapi.iommu_option.LAYOUT)),
          Map.entry(
              "IOMMU_HWPT_ALLOC",
              giving(
                  IommufdUapi.IOMMU_HWPT_ALLOC,
                  IommufdUapi.iommu_hwpt_alloc.LAYOUT,
                  IommufdUapi.iommu_hwpt_alloc.out_hwpt_id)),
          Map.entry(
              "IOMMU_GET_HW_INFO",
              request(IommufdUapi.IOMMU_GET_HW_INFO, IommufdUapi.iommu_hw_info.LAYOUT)),
          Map.entry(
              "VFIO_GROUP_GET_STATUS",
              request(VfioUapi.VFIO_GROUP_GET_STATUS, VfioUapi.vfio_group_status.LAYOUT)),
          Map.entry(
              "VFIO_DEVICE_BIND_IOMMUFD",
              giving(
                  VfioUapi.VFIO_DEVICE_BIND_IOMMUFD,
                  VfioUapi.vfio_device_bind_iommufd.LAYOUT,
                  VfioUapi.vfio_device_bind_iommufd.out_devid)),
          Map.entry(
              "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
              giving(
                  VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT,
                  VfioUapi.vfio_device_attach_iommufd_pt.LAYOUT,
                  VfioUapi.vfio_device_attach_iommufd_pt.pt_id)),
          Map.entry(
              "VFIO_DEVICE_DETACH_IOMMUFD_PT",
              request(
                  VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT,
                  VfioUapi.vfio_device_detach_iommufd_pt.LAYOUT)),
          Map.entry(
              "VFIO_DEVICE_GET_INFO",
              request(VfioUapi.VFIO_DEVICE_GET_INFO, VfioUapi.vfio_device_info.LAYOUT)),
          Map.entry(
              "VFIO_DEVICE_GET_REGION_INFO",
              request(VfioUapi.VFIO_DEVICE_GET_REGION_INFO, VfioUapi.vfio_region_info.LAYOUT)),
          Map.entry(
              "VFIO_DEVICE_GET_IRQ_INFO",
              request(VfioUapi.VFIO_DEVICE_GET_IRQ_INFO, VfioUapi.vfio_irq_info.LAYOUT)),
          Map.entry(
              "VFIO_DEVICE_SET_IRQS",
              request(VfioUapi.VFIO_DEVICE_SET_IRQS, VfioUapi.vfio_irq_set.LAYOUT)),
          Map.entry(
              "VFIO_DEVICE_RESET",
              request(VfioUapi.VFIO_DEVICE_RESET, VfioUapi.vfio_pci_hot_reset.LAYOUT)),
          Map.entry(
              "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO",
              request(
                  VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
                  VfioUapi.vfio_pci_hot_reset_info.LAYOUT)),
          Map.entry(
              "VFIO_DEVICE_PCI_HOT_RESET",
              request(VfioUapi.VFIO_DEVICE_PCI_HOT_RESET, VfioUapi.vfio_pci_hot_reset.LAYOUT)),
          Map.entry(
              "LIVEUPDATE_IOCTL_CREATE_SESSION",
              opening(
                  LiveupdateUapi.LIVEUPDATE_IOCTL_CREATE_SESSION,
                  LiveupdateUapi.liveupdate_ioctl_create_session.LAYOUT,
                  LiveupdateUapi.liveupdate_ioctl_create_session.fd)),
          Map.entry(
              "LIVEUPDATE_IOCTL_RETRIEVE_SESSION",
              opening(
                  LiveupdateUapi.LIVEUPDATE_IOCTL_RETRIEVE_SESSION,
                  LiveupdateUapi.liveupdate_ioctl_retrieve_session.LAYOUT,
                  LiveupdateUapi.liveupdate_ioctl_retrieve_session.fd)),
          Map.entry(
              "LIVEUPDATE_SESSION_PRESERVE_FD",
              request(
                  LiveupdateUapi.LIVEUPDATE_SESSION_PRESERVE_FD,
                  LiveupdateUapi.liveupdate_session_preserve_fd.LAYOUT)),
          Map.entry(
              "LIVEUPDATE_SESSION_RETRIEVE_FD",
              opening(
                  LiveupdateUapi.LIVEUPDATE_SESSION_RETRIEVE_FD,
                  LiveupdateUapi.liveupdate_session_retrieve_fd.LAYOUT,
                  LiveupdateUapi.liveupdate_session_retrieve_fd.fd)),
          Map.entry(
              "LIVEUPDATE_SESSION_FINISH",
              request(
                  LiveupdateUapi.LIVEUPDATE_SESSION_FINISH,
                  LiveupdateUapi.liveupdate_session_finish.LAYOUT)),
          Map.entry(
              "LIVEUPDATE_SESSION_GET_NAME",
              request(
                  LiveupdateUapi.LIVEUPDATE_SESSION_GET_NAME,
                  LiveupdateUapi.liveupdate_session_get_name.LAYOUT)));

  private final Syscalls kernel;
  private final Slots slots;

  StructCalls(Syscalls kernel, Slots slots) {
    this.kernel = kernel;
    this.slots = slots;
  }

  private static Request request(long number, Struct layout) {
    return new Request(number, layout, null, false);
  }

  private static Request giving(long number, Struct layout, Struct.Field result) {
    return new Request(number, layout, result, false);
  }

  private static Request opening(long number, Struct layout, Struct.Field result) {
    return new Request(number, layout, result, true);
  }

  static Request request(String name) {
    return REQUESTS.get(name);
  }

  /** The name of a request's number, or null. */
  static String name(long number) {
    for (var each : REQUESTS.entrySet()) {
      if (each.getValue().number() == number) {
        return each.getKey();
      }
    }
    return null;
  }

  static boolean knows(String call) {
    return REQUESTS.containsKey(call);
  }

  Answer run(Step step) {
    Request request = REQUESTS.get(step.call());
    int fd = (int) slots.get(step.arguments().get("on"));
    try (Arena arena = Arena.ofConfined()) {
      Argument argument = argument(arena, step, request);
      byte[] before = argument.struct.toArray(ValueLayout.JAVA_BYTE);
      int answer = kernel.ioctl(fd, number(step, request.number()), argument.struct);
      StringBuilder text = new StringBuilder(errnoOr(answer));
      long result = -1;
      if (answer >= 0 && request.result() != null) {
        result = get(argument.struct, request.result());
      }
      if (request.descriptor()) {
        // Which number it got is no matter, nor what a refused request left there.
        argument.struct.set(
            ValueLayout.JAVA_INT_UNALIGNED,
            request.result().offset(),
            word(before, request.result().offset()));
      }
      changes(text, before, argument.struct.toArray(ValueLayout.JAVA_BYTE));
      argument.after.accept(text);
      if (answer >= 0 && request.result() != null) {
        slots.put(step.target(), result);
      }
      return Answer.of(text.toString());
    }
  }

  private static int word(byte[] bytes, long offset) {
    return (int) WORD.get(bytes, (int) offset);
  }

  /** A request by another number: {@code number=0x3bef}. */
  private static long number(Step step, long usual) {
    Operand number = step.arguments().get("number");
    return number == null ? usual : number.number();
  }

  private record Argument(MemorySegment struct, Consumer<StringBuilder> after) {}

  private Argument argument(Arena arena, Step step, Request request) {
    Struct layout = request.layout();
    MemorySegment struct = arena.allocate(layout.size() + TAIL_BYTES, 8);
    struct.set(ValueLayout.JAVA_INT, 0, (int) layout.size());
    if (request.descriptor()) {
      // By another number the request may read it, and 0 is open in the guest's process alone.
      set(struct, request.result(), -1);
    }
    Consumer<StringBuilder> after = text -> {};
    for (var each : step.arguments().entrySet()) {
      String name = each.getKey();
      Operand value = each.getValue();
      switch (name) {
        case "on", "number", "without", "memlock" -> {}
        case "size", "argsz" -> struct.set(ValueLayout.JAVA_INT, 0, (int) value.number());
        case "tail" ->
            struct.set(ValueLayout.JAVA_INT_UNALIGNED, layout.size(), (int) slots.get(value));
        case "name" -> {
          byte[] bytes = value.text().getBytes(StandardCharsets.UTF_8);
          MemorySegment field = ((Struct.Bytes) field(layout, name)).slice(struct);
          MemorySegment.copy(
              bytes,
              0,
              field,
              ValueLayout.JAVA_BYTE,
              0,
              (int) Math.min(bytes.length, field.byteSize()));
        }
        case "ranges" -> {
          MemorySegment ranges = ranges(arena, value.text());
          set(struct, field(layout, "allowed_iovas"), ranges.address());
          after = text -> describe(text, ranges, value.text());
        }
        default -> set(struct, field(layout, name), slots.get(value));
      }
    }
    return new Argument(struct, after);
  }

  private static MemorySegment ranges(Arena arena, String text) {
    MemorySegment ranges = arena.allocate(RANGES * iommu_iova_range.LAYOUT.size(), 8);
    String[] each = text.isEmpty() ? new String[0] : text.split(",", -1);
    for (int i = 0; i < each.length; i++) {
      String[] ends = each[i].split("-", -1);
      long at = i * iommu_iova_range.LAYOUT.size();
      ranges.set(ValueLayout.JAVA_LONG, at, Long.parseUnsignedLong(ends[0], 16));
      ranges.set(ValueLayout.JAVA_LONG, at + Long.BYTES, Long.parseUnsignedLong(ends[1], 16));
    }
    return ranges;
  }

  static void describe(StringBuilder text, MemorySegment ranges, String before) {
    StringBuilder list = new StringBuilder();
    for (long at = 0; at < ranges.byteSize(); at += iommu_iova_range.LAYOUT.size()) {
      long start = ranges.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
      long last = ranges.get(ValueLayout.JAVA_LONG_UNALIGNED, at + Long.BYTES);
      if (start != 0 || last != 0) {
        list.append(list.isEmpty() ? "" : ",")
            .append(Long.toHexString(start))
            .append('-')
            .append(Long.toHexString(last));
      }
    }
    if (!list.toString().equals(before)) {
      text.append(" ranges ").append(list);
    }
  }

  static Struct.Field field(Struct layout, String name) {
    return layout.fields().stream()
        .filter(field -> field.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(layout.name() + " has no " + name));
  }

  private static void set(MemorySegment struct, Struct.Field field, long value) {
    switch (field) {
      case Struct.U8 it -> it.set(struct, (int) value);
      case Struct.U16 it -> it.set(struct, (int) value);
      case Struct.S16 it -> it.set(struct, (int) value);
      case Struct.U32 it -> it.set(struct, (int) value);
      case Struct.S64 it -> it.set(struct, value);
      case Struct.S32 it -> it.set(struct, (int) value);
      case Struct.U64 it -> it.set(struct, value);
      case Struct.Bytes it -> struct.set(ValueLayout.JAVA_INT_UNALIGNED, it.offset(), (int) value);
    }
  }

  private static long get(MemorySegment struct, Struct.Field field) {
    return switch (field) {
      case Struct.U32 it -> it.get(struct);
      case Struct.S16 it -> it.get(struct);
      case Struct.S64 it -> it.get(struct);
      case Struct.S32 it -> it.get(struct);
      case Struct.U64 it -> it.get(struct);
      default -> throw new IllegalArgumentException(field.name());
    };
  }

  static String errnoOr(long answer) {
    return answer < 0 && answer > -4096 ? Errno.name((int) -answer) : Long.toHexString(answer);
  }

  /** Appends the 32-bit words that differ: {@code +8=0x3}. */
  static void changes(StringBuilder text, byte[] before, byte[] after) {
    if (Arrays.equals(before, after)) {
      return;
    }
    for (int at = 0; at + Integer.BYTES <= after.length; at += Integer.BYTES) {
      int value = word(after, at);
      if (value != word(before, at)) {
        text.append(" +").append(at).append('=').append(Integer.toHexString(value));
      }
    }
  }
}
