package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.EventfdUapi;
import io.holdfast.uapi.VfioUapi.vfio_irq_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract's lines about MSI-X: many vectors, set in ranges, with an eventfd each. */
class MessageContractTest extends ContractTest {
  private static final int VECTORS = 65;
  private static final int EVENTFDS = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD;
  private static final int FIRE = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_NONE;
  private static final long CONFIG = (long) VFIO_PCI_CONFIG_REGION_INDEX << 40;
  private static final int MSIX_CAPABILITY = 0x11;
  private static final int NO_EVENTFD = -1;
  private static final int NOT_OPEN = 999;

  private final MemorySegment value = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);
  private final List<Integer> eventfds = new ArrayList<>();
  private int cdev;

  @BeforeEach
  void bindDevice() {
    bindDriver(underTest().messageDevice());
    cdev = openCdev(underTest().messageDevice());
    ok(calls.bind(cdev, openIommu()));
    for (int i = 0; i < 4; i++) {
      eventfds.add(keep(kernel.eventfd(0, EventfdUapi.EFD_CLOEXEC | EventfdUapi.EFD_NONBLOCK)));
    }
  }

  private int set(int index, int flags, int start, int count, int... fds) {
    MemorySegment request =
        Arena.ofAuto().allocate(vfio_irq_set.data.offset() + 4L * fds.length, 8);
    MemorySegment.copy(
        fds, 0, request, ValueLayout.JAVA_INT, vfio_irq_set.data.offset(), fds.length);
    vfio_irq_set.argsz.set(request, (int) request.byteSize());
    vfio_irq_set.flags.set(request, flags);
    vfio_irq_set.index.set(request, index);
    vfio_irq_set.start.set(request, start);
    vfio_irq_set.count.set(request, count);
    return kernel.ioctl(cdev, VFIO_DEVICE_SET_IRQS, request);
  }

  /** Gives these vectors of MSI-X the eventfds. */
  private int signal(int start, int... fds) {
    return set(VFIO_PCI_MSIX_IRQ_INDEX, EVENTFDS, start, fds.length, fds);
  }

  private int fire(int start, int count) {
    return set(VFIO_PCI_MSIX_IRQ_INDEX, FIRE, start, count);
  }

  private int switchOff() {
    return set(VFIO_PCI_MSIX_IRQ_INDEX, FIRE, 0, 0);
  }

  private int eventfd(int place) {
    return eventfds.get(place);
  }

  /** What each of the eventfds counts, since it was last asked. */
  private List<Long> counts() {
    List<Long> counts = new ArrayList<>();
    for (int eventfd : eventfds) {
      counts.add(kernel.read(eventfd, value) < 0 ? 0 : value.get(ValueLayout.JAVA_LONG, 0));
    }
    return counts;
  }

  private int config(long offset, int widthBytes) {
    value.set(ValueLayout.JAVA_LONG, 0, 0);
    assertThat(kernel.pread(cdev, value.asSlice(0, widthBytes), CONFIG + offset))
        .isEqualTo(widthBytes);
    return (int) value.get(ValueLayout.JAVA_LONG, 0);
  }

  private int capability() {
    int at = config(0x34, 1);
    while (config(at, 1) != MSIX_CAPABILITY) {
      at = config(at + 1, 1);
      assertThat(at).isPositive();
    }
    return at;
  }

  private void requireInfo(int index, int flags, int count) {
    MemorySegment info = calls.struct(vfio_irq_info.LAYOUT);
    vfio_irq_info.argsz.set(info, (int) info.byteSize());
    vfio_irq_info.index.set(info, index);
    ok(kernel.ioctl(cdev, VFIO_DEVICE_GET_IRQ_INFO, info));
    assertThat(vfio_irq_info.flags.get(info)).isEqualTo(flags);
    assertThat(vfio_irq_info.count.get(info)).isEqualTo(count);
  }

  @Test
  void theDeviceSaysHowManyItHas() {
    requireInfo(VFIO_PCI_MSIX_IRQ_INDEX, VFIO_IRQ_INFO_EVENTFD, VECTORS);
    requireInfo(VFIO_PCI_MSI_IRQ_INDEX, VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE, 0);
    assertThat(config(capability() + 2, 2)).isEqualTo(VECTORS - 1);
    refused(Errno.EINVAL, set(VFIO_PCI_MSI_IRQ_INDEX, EVENTFDS, 0, 1, eventfd(0)));
  }

  @Test
  void whatIsNotThereIsRefused() {
    refused(Errno.EINVAL, fire(0, 1));
    refused(Errno.EINVAL, switchOff());
    refused(Errno.EINVAL, signal(VECTORS - 1, eventfd(0), eventfd(1)));
    refused(Errno.EINVAL, signal(VECTORS));
    refused(Errno.EINVAL, signal(-1, eventfd(0)));
    refused(Errno.EINVAL, set(VFIO_PCI_MSIX_IRQ_INDEX, EVENTFDS, -1, -1, eventfd(0)));
    refused(Errno.EINVAL, set(VFIO_PCI_MSIX_IRQ_INDEX, EVENTFDS, 0, 2, eventfd(0)));
    refused(Errno.ERANGE, signal(0));
    ok(signal(1)); // Two vectors are made, and none is given an eventfd.
    ok(fire(0, 1));
    ok(switchOff());
  }

  @Test
  void rangesAreGivenEventfdsAndFired() {
    ok(signal(2, eventfd(0), eventfd(1)));
    assertThat(config(capability() + 2, 2)).isEqualTo(0x8000 | VECTORS - 1);
    ok(fire(0, 6));
    assertThat(counts()).containsExactly(1L, 1L, 0L, 0L);
    ok(signal(20, eventfd(2))); // More of them, while some are in use.
    ok(signal(2, NO_EVENTFD));
    ok(fire(0, VECTORS));
    assertThat(counts()).containsExactly(0L, 1L, 1L, 0L);
    ok(signal(64, eventfd(3)));
    ok(signal(10, eventfd(3)));
    ok(fire(10, 55));
    assertThat(counts()).containsExactly(0L, 0L, 1L, 2L);
    ok(signal(5)); // Of none: nothing changes.
    refused(Errno.EINVAL, set(VFIO_PCI_INTX_IRQ_INDEX, EVENTFDS, 0, 1, eventfd(0)));
    ok(switchOff());
    assertThat(config(capability() + 2, 2)).isEqualTo(VECTORS - 1);
    refused(Errno.EINVAL, fire(3, 1));
  }

  @Test
  void oneThatIsNoEventfdUndoesItsRange() {
    refused(Errno.EBADF, signal(1, eventfd(0), NOT_OPEN));
    refused(Errno.EINVAL, fire(1, 1)); // Not even switched on.
    ok(signal(0, eventfd(0), eventfd(1), eventfd(2)));
    refused(Errno.EBADF, signal(0, eventfd(3), NOT_OPEN));
    ok(fire(0, 3));
    assertThat(counts()).containsExactly(0L, 0L, 1L, 0L);
    refused(Errno.EINVAL, signal(2, cdev));
    ok(fire(0, 3));
    assertThat(counts()).containsExactly(0L, 0L, 0L, 0L);
  }

  @Test
  void theyCannotBeMasked() {
    ok(signal(0, eventfd(0)));
    for (int action : new int[] {VFIO_IRQ_SET_ACTION_MASK, VFIO_IRQ_SET_ACTION_UNMASK}) {
      refused(Errno.ENOTTY, set(VFIO_PCI_MSIX_IRQ_INDEX, action | VFIO_IRQ_SET_DATA_NONE, 0, 1));
    }
  }

  @Test
  void theirTableIsTheKernels() {
    int table = config(capability() + 4, 4);
    assertThat(table & 7).isZero(); // In BAR 0.
    value.set(ValueLayout.JAVA_LONG, 0, 0x1234);
    assertThat(kernel.pwrite(cdev, value.asSlice(0, 4), table)).isEqualTo(4);
    assertThat(kernel.pread(cdev, value, table)).isEqualTo(8);
    assertThat(value.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(-1);
    value.set(ValueLayout.JAVA_LONG, 0, 0xffff);
    assertThat(kernel.pwrite(cdev, value.asSlice(0, 2), CONFIG + capability() + 2)).isEqualTo(2);
    assertThat(config(capability() + 2, 2)).isEqualTo(VECTORS - 1);
  }
}
