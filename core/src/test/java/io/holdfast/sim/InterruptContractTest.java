package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.EventfdUapi;
import io.holdfast.uapi.PollUapi;
import io.holdfast.uapi.PollUapi.pollfd;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** The contract's lines about eventfds and about interrupts that a device raises. */
class InterruptContractTest extends ContractTest {
  private static final int RAISE = 0x60;
  private static final int ACKNOWLEDGE = 0x64;
  private static final long COMMAND = ((long) VFIO_PCI_CONFIG_REGION_INDEX << 40) + 4;
  private static final int MEMORY_AND_MASTER = 6;
  private static final int INTX_DISABLED = 1 << 10;

  /** Longer than it takes a device of the guest to interrupt. */
  private static final int MILLIS = 300;

  private final MemorySegment value = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);

  private int eventfd() {
    return keep(kernel.eventfd(0, EventfdUapi.EFD_CLOEXEC | EventfdUapi.EFD_NONBLOCK));
  }

  /** What an eventfd says within some time; 0 if nothing. */
  private long count(int eventfd, int millis) {
    MemorySegment wanted = calls.struct(pollfd.LAYOUT);
    pollfd.fd.set(wanted, eventfd);
    pollfd.events.set(wanted, PollUapi.POLLIN);
    if (kernel.poll(wanted, millis) == 0) {
      refused(Errno.EAGAIN, kernel.read(eventfd, value));
      return 0;
    }
    assertThat(kernel.read(eventfd, value)).isEqualTo(Long.BYTES);
    return value.get(ValueLayout.JAVA_LONG, 0);
  }

  private void requireCount(int eventfd, long expected) {
    assertThat(count(eventfd, expected == 0 ? MILLIS : 10_000)).isEqualTo(expected);
  }

  private long write(int eventfd, long amount) {
    value.set(ValueLayout.JAVA_LONG, 0, amount);
    return kernel.write(eventfd, value);
  }

  private int set(int cdev, int index, int flags, int eventfd) {
    boolean isEventfd = (flags & VFIO_IRQ_SET_DATA_EVENTFD) != 0;
    MemorySegment request =
        Arena.ofAuto().allocate(vfio_irq_set.data.offset() + (isEventfd ? 4 : 0), 8);
    vfio_irq_set.argsz.set(request, (int) request.byteSize());
    vfio_irq_set.flags.set(request, flags);
    vfio_irq_set.index.set(request, index);
    vfio_irq_set.count.set(request, eventfd < 0 ? 0 : 1);
    if (isEventfd) {
      request.set(ValueLayout.JAVA_INT, vfio_irq_set.data.offset(), eventfd);
    }
    return kernel.ioctl(cdev, VFIO_DEVICE_SET_IRQS, request);
  }

  private void signal(int cdev, int index, int eventfd) {
    ok(set(cdev, index, VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD, eventfd));
  }

  private void mask(int cdev, boolean masked) {
    int action = masked ? VFIO_IRQ_SET_ACTION_MASK : VFIO_IRQ_SET_ACTION_UNMASK;
    ok(set(cdev, VFIO_PCI_INTX_IRQ_INDEX, action | VFIO_IRQ_SET_DATA_NONE, 0));
  }

  private void put(int cdev, long offset, int bits, long widthBytes) {
    value.set(ValueLayout.JAVA_LONG, 0, bits);
    assertThat(kernel.pwrite(cdev, value.asSlice(0, widthBytes), offset)).isEqualTo(widthBytes);
  }

  private int bound() {
    int cdev = openCdev();
    ok(calls.bind(cdev, openIommu()));
    put(cdev, ACKNOWLEDGE, -1, 4); // The device is the tests' before it, too.
    return cdev;
  }

  @Test
  void anEventfdCountsWhatIsWritten() {
    int eventfd = eventfd();
    requireCount(eventfd, 0);
    assertThat(write(eventfd, 3)).isEqualTo(Long.BYTES);
    assertThat(write(eventfd, 1L << 32)).isEqualTo(Long.BYTES);
    requireCount(eventfd, (1L << 32) + 3);
    refused(Errno.EINVAL, write(eventfd, -1));
    assertThat(write(eventfd, -2)).isEqualTo(Long.BYTES);
    refused(Errno.EAGAIN, write(eventfd, 1));
    requireCount(eventfd, -2);
    refused(Errno.EINVAL, kernel.write(eventfd, value.asSlice(0, 4)));
  }

  @Test
  void eachInterruptMasksTheLine() {
    int cdev = bound();
    int eventfd = eventfd();
    signal(cdev, VFIO_PCI_INTX_IRQ_INDEX, eventfd);
    requireCount(eventfd, 0);
    put(cdev, RAISE, 1, 4);
    requireCount(eventfd, 1);
    put(cdev, RAISE, 2, 4);
    requireCount(eventfd, 0);
    mask(cdev, false); // The device interrupts still.
    requireCount(eventfd, 1);
    put(cdev, ACKNOWLEDGE, 3, 4);
    mask(cdev, false);
    requireCount(eventfd, 0);
    mask(cdev, true);
    put(cdev, RAISE, 1, 4);
    requireCount(eventfd, 0);
    mask(cdev, false);
    requireCount(eventfd, 1);
    put(cdev, ACKNOWLEDGE, 1, 4);
  }

  @Test
  void aLineThatWasRaisedBeforeItIsSwitchedOnIsNotTold() {
    int cdev = bound();
    put(cdev, RAISE, 1, 4);
    int eventfd = eventfd();
    signal(cdev, VFIO_PCI_INTX_IRQ_INDEX, eventfd);
    requireCount(eventfd, 0);
    put(cdev, RAISE, 2, 4);
    requireCount(eventfd, 0);
    put(cdev, ACKNOWLEDGE, 3, 4);
    put(cdev, RAISE, 1, 4);
    requireCount(eventfd, 1);
    put(cdev, ACKNOWLEDGE, 1, 4);
  }

  @Test
  void theCommandRegisterMasksTheLineToo() {
    int cdev = bound();
    int eventfd = eventfd();
    signal(cdev, VFIO_PCI_INTX_IRQ_INDEX, eventfd);
    put(cdev, COMMAND, MEMORY_AND_MASTER | INTX_DISABLED, 2);
    put(cdev, RAISE, 1, 4);
    requireCount(eventfd, 0);
    mask(cdev, false);
    requireCount(eventfd, 0);
    put(cdev, COMMAND, MEMORY_AND_MASTER, 2);
    requireCount(eventfd, 1);
    put(cdev, ACKNOWLEDGE, 1, 4);
  }

  @Test
  void aMessageNeedsABusMaster() {
    int cdev = bound();
    int eventfd = eventfd();
    signal(cdev, VFIO_PCI_MSI_IRQ_INDEX, eventfd);
    put(cdev, RAISE, 1, 4);
    requireCount(eventfd, 0);
    put(cdev, COMMAND, MEMORY_AND_MASTER, 2);
    put(cdev, RAISE, 2, 4);
    requireCount(eventfd, 1);
    put(cdev, RAISE, 4, 4); // A message is told though the last was not acknowledged.
    requireCount(eventfd, 1);
    put(cdev, ACKNOWLEDGE, 7, 4);
    requireCount(eventfd, 0);
  }
}
