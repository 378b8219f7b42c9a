package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.engine.LeakWatch;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A handle that nobody can close any more says so, once. */
class LeaksTest {
  private static final int PATIENCE_SECONDS = 30;

  @TempDir Path folder;
  private final BlockingQueue<Map.Entry<String, List<StackTraceElement>>> told =
      new LinkedBlockingQueue<>();
  private SimulatedHost host;

  @BeforeEach
  void listen() {
    host = SimulatedHost.open(folder.resolve("machine"), SimulatedMachine.standard());
    LeakWatch.tell((what, openedAt) ->
        told.add(
            Map.entry(what, openedAt == null ? List.of() : List.of(openedAt.getStackTrace()))));
  }

  @AfterEach
  void stopListening() {
    LeakWatch.tell(null);
    System.clearProperty(LeakWatch.TRACES);
    host.close();
  }

  private LiveSession open(String name) {
    return LiveSession.openOrRestore(host, name, folder.resolve("state"));
  }

  /** What is told of the handles of this test; other tests of this JVM leave some too. */
  private Map.Entry<String, List<StackTraceElement>> next(String part) throws InterruptedException {
    for (int i = 0; i < PATIENCE_SECONDS * 10; i++) {
      System.gc();
      Map.Entry<String, List<StackTraceElement>> leak = told.poll(100, TimeUnit.MILLISECONDS);
      if (leak != null && leak.getKey().contains(part)) {
        return leak;
      }
    }
    throw new AssertionError("nothing was told of " + part);
  }

  @Test
  void aSessionThatIsNeverClosedIsToldOnce() throws InterruptedException {
    open("closed").close();
    open("leaked");
    assertThat(next("leaked").getKey()).isEqualTo("session \"leaked\"");
    open("another");
    next("another");
    assertThat(told).noneMatch(leak -> leak.getKey().contains("closed"));
    assertThat(told).noneMatch(leak -> leak.getKey().contains("leaked"));
  }

  @Test
  void aLeakedSessionEndsWithItsProcessAllTheSame() throws InterruptedException {
    open("leaked");
    next("leaked");
    host.kexec();
    open("leaked").close(); // Its journal is not locked by the process that has died.
  }

  @Test
  void aSessionWhoseBufferIsStillUsedIsNotToldOf() throws InterruptedException {
    DmaBuffer buffer = buffer();
    open("another");
    next("another");
    assertThat(told).noneMatch(leak -> leak.getKey().contains("used"));
    assertThat(buffer.physicalAddress(0)).isPositive();
  }

  @Test
  void aRefusedFinishLeavesNoSessionToBeToldOf() throws InterruptedException {
    LiveSession before = open("unfinished");
    before.bind(SimulatedMachine.EDU_ADDRESS, before.ioas("rings"));
    before.ioas("rings").buffer("tx", 4096);
    before.preserve();
    host.kexec();
    host.fail("LIVEUPDATE_SESSION_FINISH", 1, Errno.EBUSY);
    assertThatThrownBy(() -> open("unfinished")).hasMessageContaining("EBUSY");
    open("another");
    next("another");
    assertThat(told).noneMatch(leak -> leak.getKey().contains("unfinished"));
  }

  private DmaBuffer buffer() {
    LiveSession session = open("used");
    session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
    return session.ioas("rings").buffer("tx", 4096);
  }

  @Test
  void theTraceIsThereWhenItIsAskedFor() throws InterruptedException {
    open("plain");
    assertThat(next("plain").getValue()).isEmpty();
    System.setProperty(LeakWatch.TRACES, "true");
    open("traced");
    assertThat(next("traced").getValue())
        .anyMatch(frame -> frame.getMethodName().equals("theTraceIsThereWhenItIsAskedFor"));
  }

  @Test
  void aHostThatIsNeverClosedIsTold() throws InterruptedException {
    new SyscallsHost(host.syscalls(), Disk.local(), "a host of this test");
    assertThat(next("a host of this test").getKey()).isEqualTo("a host of this test");
  }
}
