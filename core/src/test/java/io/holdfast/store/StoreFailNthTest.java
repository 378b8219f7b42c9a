package io.holdfast.store;

import static io.holdfast.store.Machine.SOCKET;
import static io.holdfast.store.Machine.contents;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.store;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HoldfastException;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every call of a driver's, and of a holder's, refused or its process's last: what was kept is
 * kept, nothing is open that should not be, and a refusal is Holdfast's own.
 */
@Timeout(300)
class StoreFailNthTest {
  private final Machine machine = new Machine();

  @AfterEach
  void end() {
    machine.close();
  }

  /** What a driver does with its store; the descriptors it made itself are in {@code own}. */
  private interface Work {
    void run(Syscalls driver, int memfd);
  }

  private static void resumeAndKeepOneMore(Syscalls driver, int memfd) {
    try (HolderStore store = store(driver)) {
      for (StoredDescriptor each : store.offered()) {
        store.adopt(each);
        driver.close(each.fd());
      }
      store.acknowledge();
      store.put("more", memfd);
      store.remove("more");
    }
  }

  @Test
  void aDriversCalls() {
    SimulatedProcess holding = machine.process();
    final Holder holder = machine.holder(holding);
    SimulatedProcess first = machine.process();
    HolderStore kept = store(first);
    kept.put("a", memfd(first, "one"));
    kept.put("b", memfd(first, "two"));
    first.close();
    int runs =
        eachCall(
            StoreFailNthTest::resumeAndKeepOneMore,
            () -> {
              SimulatedProcess next = machine.process();
              try (HolderStore store = store(next)) {
                List<String> contents = contents(next, store);
                assertThat(contents)
                    .isIn(List.of("a=one", "b=two"), List.of("a=one", "b=two", "more=own"));
                store.acknowledge();
                store.remove("more");
                // The listening socket, this connection, and what is kept.
                assertThat(holding.openDescriptors()).isEqualTo(1 + 1 + 2);
              }
              next.close();
            });
    assertThat(runs).isGreaterThan(60);
    assertThat(holder.kept()).isEqualTo(2);
  }

  @Test
  void aServicesCalls() {
    try (FakeSystemd _ = new FakeSystemd(machine.process(), 200)) {
      int runs =
          eachCall(
              (driver, memfd) -> {
                Map<String, String> environment =
                    Map.of("NOTIFY_SOCKET", FakeSystemd.ADDRESS, "FDSTORE", "200");
                StoreOptions options = new StoreOptions(Choice.SYSTEMD, "", environment);
                try (DescriptorStore store = DescriptorStores.open(driver, "nic0", options)) {
                  store.put("a", memfd);
                  SystemdNotify.of(driver, environment).orElseThrow().ready();
                  store.remove("a");
                }
              },
              () -> {});
      assertThat(runs).isGreaterThan(40);
    }
  }

  /** Runs a piece of work with each of its calls refused, or the last; returns how many runs. */
  private int eachCall(Work work, Runnable afterEach) {
    int runs = 0;
    for (int kind : new int[] {Errno.EIO, Errno.EMFILE, Errno.EINTR, Errno.EPIPE, -1, -2}) {
      for (long number = 1; ; number++) {
        runs++;
        SimulatedProcess process = machine.process();
        int memfd = memfd(process, "own");
        long chosen = number;
        Fault fault = call -> call.number() == chosen ? kind : Fault.NONE;
        FaultInjectingSyscalls driver = new FaultInjectingSyscalls(process, fault, process::close);
        try {
          work.run(driver, memfd);
        } catch (HoldfastException refused) {
          assertThat(refused.problem()).isNotBlank();
          assertThat(kind).describedAs("a reason").isPositive();
        } catch (ProcessDied died) {
          assertThat(kind).isNegative();
        }
        if (!process.isDead()) {
          assertThat(process.openDescriptors())
              .describedAs("call %d refused with %d: only its own memfd", number, kind)
              .isEqualTo(1);
        }
        process.close();
        afterEach.run();
        if (driver.calls() < number) {
          break;
        }
      }
    }
    return runs;
  }

  /** A holder gets over what fails: whatever it was, the next driver finds what was kept. */
  @Test
  void aHoldersCalls() {
    List<String> fates = new ArrayList<>();
    for (int errno : new int[] {Errno.EIO, Errno.EMFILE, Errno.ENOMEM}) {
      for (long number = 1; ; number++) {
        try (Machine own = new Machine()) {
          long chosen = number;
          FaultInjectingSyscalls holding =
              new FaultInjectingSyscalls(
                  own.process(), call -> call.number() == chosen ? errno : Fault.NONE);
          if (!keepsThroughAFailure(own, holding, fates)) {
            break;
          }
          if (holding.calls() < number) {
            break;
          }
        }
      }
    }
    assertThat(fates).hasSizeGreaterThan(60);
  }

  private static boolean keepsThroughAFailure(
      Machine own, FaultInjectingSyscalls holding, List<String> fates) {
    Holder holder;
    try {
      holder = own.holder(holding);
    } catch (HoldfastException refused) {
      fates.add("did not start: " + refused.problem());
      return true;
    }
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      SimulatedProcess driver = own.process();
      try (HolderStore store = store(driver)) {
        assertThat(contents(driver, store)).containsExactlyElementsOf(expected);
        store.acknowledge();
        store.put("m" + i, memfd(driver, "says " + i));
        expected.add("m" + i + "=says " + i);
      } catch (HoldfastException refused) {
        fates.add(refused.problem());
        takeWhatIsThere(own, expected);
      }
      driver.close();
    }
    takeWhatIsThere(own, expected);
    fates.add("kept " + holder.kept());
    assertThat(holder.kept()).isEqualTo(expected.size());
    return true;
  }

  /**
   * What was acknowledged must be there; a put whose reply was lost may be. The request is
   * repeated, since the failure may meet this one.
   */
  private static void takeWhatIsThere(Machine own, List<String> expected) {
    HoldfastException last = null;
    for (int i = 0; i < 3; i++) {
      SimulatedProcess next = own.process();
      try (HolderStore store = store(next)) {
        List<String> found = contents(next, store);
        assertThat(found.stream().limit(expected.size()).toList()).isEqualTo(expected);
        expected.clear();
        expected.addAll(found);
        return;
      } catch (HoldfastException refused) {
        last = refused;
      } finally {
        next.close();
      }
    }
    throw new AssertionError("what is kept at " + SOCKET + " cannot be had", last);
  }
}
