package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.SessionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A process dies between two instructions of sending or consuming, where no system call is: the
 * state pages are left as they are there, and the next process has to make sense of them.
 */
class CutShortTest extends DiskFixture {
  private final List<Long> told = new ArrayList<>();
  private NvmeQueue queue;

  @BeforeEach
  void open() {
    begin();
  }

  private void begin() {
    start();
    queue = disk.queue(0);
    told.clear();
  }

  private void completed(long tag, int status) {
    assertThat(status).isZero();
    told.add(tag);
  }

  private DmaBuffer data() {
    return buffer("data", 1 << 20);
  }

  private NvmeNamespace space() {
    return disk.namespace(1);
  }

  private Slots slots() {
    return queue.pair().slots();
  }

  @Test
  void afterItsSlotIsTakenACommandIsOutstanding() {
    int slot = queue.pair().freeSlot();
    new Commands(queue.pair()).flush(slot, 1);
    slots().take(slot, slots().nextIdentifier(slot), 77);
    kill();
    begin();
    assertThat(queue.outstandingCommands())
        .containsExactly(new NvmeCommand(77, NvmeCommand.Kind.FLUSH, 1, 0, 0));
    queue.drain(this::completed, LONG);
    assertThat(told).containsExactly(77L);
  }

  @Test
  void beforeItsSlotIsTakenItNeverWas() {
    new Commands(queue.pair()).flush(queue.pair().freeSlot(), 1);
    kill();
    begin();
    assertThat(queue.outstanding()).isZero();
  }

  @Test
  void inTheRingButNotCountedItIsSentOnce() {
    model().hold(true);
    queue.flush(space(), 78);
    slots().submitted(slots().submitted() - 1);
    model().hold(false);
    // The controller has seen its doorbell or not; here it had not.
    registers().put32(0x1000 + 8 * 2, 0);
    kill();
    begin();
    queue.drain(this::completed, LONG);
    assertThat(told).containsExactly(78L);
  }

  @Test
  void inTheRingAndCountedItsDoorbellIsRungByTheNext() {
    int slot = queue.pair().freeSlot();
    new Commands(queue.pair()).flush(slot, 1);
    slots().take(slot, slots().nextIdentifier(slot), 76);
    long count = slots().submitted();
    String name = "nvme-" + SLOT + "-sq-2-256";
    MemorySegment submissions = session.ioas("disk").find(name).orElseThrow().segment();
    MemorySegment memory = slots().memory();
    memory.set(ValueLayout.JAVA_SHORT, slots().command(slot) + 2, (short) slots().identifier(slot));
    slots().sequence(slot, count);
    MemorySegment.copy(memory, slots().command(slot), submissions, count % 256 * 64, 64);
    slots().submitted(count + 1);
    kill();
    begin();
    assertThat(model().commandsTaken()).isEqualTo(1);
    queue.drain(this::completed, LONG);
    assertThat(told).containsExactly(76L);
  }

  @Test
  void whatTheDiskHasTakenIsNotSentAgainByTheNextProcess() {
    model().hold(true);
    for (int i = 0; i < 20; i++) {
      queue.write(space(), i, data().slice(i * 512L, 512), i);
    }
    long taken = model().commandsTaken();
    kill();
    begin();
    assertThat(model().commandsTaken()).isEqualTo(taken);
    model().hold(false);
    kernel.turn();
    queue.drain(this::completed, LONG);
    assertThat(told).hasSize(20).doesNotHaveDuplicates();
    assertThat(queue.strayCompletions()).isZero();
  }

  private DeviceRegion registers() {
    return session.device(SLOT).orElseThrow().region(0);
  }

  @Test
  void toldAndNotCountedItsCompletionIsAStray() {
    queue.flush(space(), 79);
    queue.drain(this::completed, LONG);
    slots().consumed(slots().consumed() - 1);
    kill();
    begin();
    queue.flush(space(), 80);
    queue.drain(this::completed, LONG);
    assertThat(told).containsExactly(80L);
    assertThat(queue.strayCompletions()).isEqualTo(1);
  }

  /** Its slot was used again since: the identifier tells. */
  @Test
  void aCompletionOfAFormerUseOfTheSlotIsAStray() {
    for (int i = 0; i < queue.capacity() + 1; i++) { // Slot 0 comes up again.
      queue.flush(space(), i);
      queue.drain(this::completed, LONG);
    }
    String name = "nvme-" + SLOT + "-cq-2-256";
    MemorySegment completions = session.ioas("disk").find(name).orElseThrow().segment();
    int old = completions.get(ValueLayout.JAVA_INT, 5 * 16 + 12) & 0xffff;
    assertThat(old & 0xff).as("its slot").isEqualTo(5);
    model().hold(true);
    for (int i = 0; i < queue.capacity(); i++) {
      queue.flush(space(), 1000 + i);
    }
    long count = slots().consumed();
    int phase = (count / 256 & 1) == 0 ? 1 << 16 : 0;
    completions.set(ValueLayout.JAVA_INT, count % 256 * 16 + 12, old | phase);
    told.clear();
    assertThat(queue.poll(this::completed)).isZero();
    assertThat(queue.strayCompletions()).isEqualTo(1);
    assertThat(told).isEmpty();
    model().hold(false);
    disk.reset();
    queue.drain(this::completed, LONG);
    assertThat(told).hasSize(queue.capacity()).doesNotHaveDuplicates();
  }

  @Test
  void whatEndedBeforeTheKexecIsToldAndNotDoneAgain() throws InterruptedException {
    for (int i = 0; i < 300; i++) { // Into the rings' second round.
      queue.flush(space(), i);
      queue.drain(this::completed, LONG);
    }
    for (int i = 0; i < 20; i++) {
      queue.write(space(), i, data().slice(i * 512L, 512), i);
    }
    long taken = model().commandsTaken();
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    kexec();
    begin();
    assertThat(queue.outstanding()).isEqualTo(20);
    queue.drain(this::completed, LONG);
    assertThat(told).hasSize(20).doesNotHaveDuplicates();
    assertThat(model().commandsTaken()).isEqualTo(taken);
    assertThat(queue.flush(space(), 5)).isTrue();
    queue.drain(this::completed, LONG);
    assertThat(queue.strayCompletions()).isZero();
  }

  @Test
  void whatHadNotEndedBeforeTheKexecIsDoneAgainWhereItWas() throws InterruptedException {
    model().hold(true);
    data().segment().set(ValueLayout.JAVA_INT, 0, 0x4711);
    queue.write(space(), 9, data().slice(0, 64 << 10), 9);
    long physical = data().physicalAddress(0);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    kexec();
    model().hold(false);
    begin();
    assertThat(data().physicalAddress(0)).isEqualTo(physical);
    queue.drain(this::completed, LONG);
    assertThat(told).containsExactly(9L);
    assertThat(model().medium(1).get(ValueLayout.JAVA_INT_UNALIGNED, 9 * 512)).isEqualTo(0x4711);
  }

  @Test
  void damagedStatePagesAreRefused() {
    DmaBuffer state = session.ioas("disk").find("nvme-" + SLOT + "-state").orElseThrow();
    disk.close();
    disk = null;
    for (long at : new long[] {0, 8, 16, 64}) {
      long was = state.segment().get(ValueLayout.JAVA_LONG, at);
      state.segment().set(ValueLayout.JAVA_LONG, at, was ^ 0x100);
      assertThatThrownBy(() -> NvmeController.open(session, session.ioas("disk"), SLOT, options()))
          .isInstanceOf(NvmeException.class)
          .hasMessageContaining("damaged");
      state.segment().set(ValueLayout.JAVA_LONG, at, was);
    }
    assertThatThrownBy(
            () -> NvmeController.open(session, session.ioas("disk"), SLOT, options().withQueues(2)))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("ask for it as it was made");
  }
}
