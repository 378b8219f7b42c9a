package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.StoreReport;
import io.holdfast.sim.KexecMode;
import io.holdfast.store.StoreException;
import io.holdfast.sys.FaultInjectingSyscalls.Call;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.LiveupdateUapi;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Drivers, tools and holders are killed after random system calls, and what is lost is what the
 * table in docs/operating.md says; each of its rows has a {@link Row} here.
 *
 * <p>{@code -Dholdfast.kills=200} kills more of them, {@code -Dholdfast.seed=N} chooses which.
 */
class KillTableTest extends KeptSessionFixture {
  private static final int KILLS = Integer.getInteger("holdfast.kills", 24);

  /** A row of the table, by its first two columns. */
  enum Row {
    DRIVER_GIVES("a driver | before, while or after it gives something to the holder"),
    DRIVER_RESUMES("a driver | while it is given its session"),
    DRIVER_PRESERVES("a driver | while it preserves its session, or after that"),
    RESTORE_NOT_KEPT(
        "a driver that restores, or the tool | between taking the session out of the kernel and"
            + " giving it to the holder"),
    RESTORE("a driver that restores, or the tool | at any other moment"),
    HOLDER_DRIVER_LIVES("the holder | while the driver lives"),
    HOLDER_DRIVER_DEAD("the holder | while no driver lives"),
    HOLDER_SEALED("the holder | before the kexec, with a sealed session that no process has");

    private final String text;

    Row(String text) {
      this.text = text;
    }
  }

  private final Map<Row, Integer> kills = new EnumMap<>(Row.class);
  private SplittableRandom random;
  private long ring;

  /** What is lost by the page: the third column, by the first two. */
  private static Map<String, String> page() throws IOException {
    Path page = Path.of(System.getProperty("holdfast.root")).resolve("docs/operating.md");
    return Files.readAllLines(page).stream()
        .filter(line -> line.startsWith("| a driver") || line.startsWith("| the holder |"))
        .map(line -> line.split("\\|"))
        .filter(cells -> cells.length == 4)
        .collect(
            Collectors.toMap(
                cells -> cells[1].strip() + " | " + cells[2].strip(), cells -> cells[3].strip()));
  }

  @Test
  void whatIsLostIsWhatThePageSays() throws Exception {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("KillTableTest: seed " + seed);
    random = new SplittableRandom(seed);
    Map<String, String> page = page();
    assertThat(page.keySet())
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Row.values()).map(row -> row.text).toList());
    for (int i = 0; i < KILLS; i++) {
      int kind = i % 7;
      boolean[] lost = new boolean[1];
      Row row = kill(kind, lost);
      kills.merge(row, 1, Integer::sum);
      assertThat(lost[0])
          .as("kill %d of seed %d: %s", i, seed, row.text)
          .isEqualTo(!page.get(row.text).startsWith("nothing"));
      clear();
    }
    kills.forEach((row, count) ->
        System.out.printf("| %s | %s | %d |%n", row.text, page.get(row.text), count));
  }

  private Row kill(int kind, boolean[] lost) throws InterruptedException {
    return switch (kind) {
      case 0 -> driverGives(lost);
      case 1 -> driverResumes(lost);
      case 2 -> driverPreserves(lost);
      case 3 -> restores(lost, host -> session(host));
      case 4 ->
          restores(lost, host -> Restore.toStore(host, "nic0", folder.resolve("state"), options()));
      case 5 -> holderDies(lost, random.nextBoolean());
      default -> holderOfASealedSessionDies(lost);
    };
  }

  /** The next kill finds nothing of this one. */
  private void clear() throws InterruptedException {
    kernel.coldBoot();
    stopHolder();
    startHolder(1000);
  }

  private LiveSession driver(SimulatedHost host) {
    LiveSession session = session(host);
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings).enableBusMastering();
    fill(rings.buffer("ring", 3 * PAGE), 1);
    ring = rings.find("ring").orElseThrow().physicalAddress(0);
    return session;
  }

  /** Runs an operation whose process dies after one of its calls; returns whether it did. */
  private static boolean dies(SimulatedHost host, int call, Runnable operation) {
    int[] seen = new int[1];
    host.faults(each -> ++seen[0] == call ? Fault.DIE_AFTER : Fault.NONE);
    try {
      operation.run();
      host.faults(each -> Fault.NONE);
      return false;
    } catch (ProcessDied dead) {
      return true;
    } finally {
      host.kill();
    }
  }

  private boolean isBack(Outcome outcome) {
    SimulatedHost host = process();
    LiveSession session = session(host);
    Outcome found = session.report().outcome();
    boolean back = found == outcome || found == Outcome.RESUMED;
    if (back) {
      DmaBuffer buffer = session.ioas("rings").find("ring").orElseThrow();
      checkFill(buffer, 1);
      assertThat(buffer.physicalAddress(0)).isEqualTo(ring);
    } else {
      assertThat(session.ioases()).isEmpty();
    }
    host.kill();
    return back;
  }

  private Row driverGives(boolean[] lost) {
    SimulatedHost host = process();
    LiveSession session = driver(host);
    Ioas rings = session.ioas("rings");
    dies(host, 1 + random.nextInt(60), () -> rings.buffer("more", 20L * PAGE));
    lost[0] = !isBack(Outcome.RESUMED);
    return Row.DRIVER_GIVES;
  }

  private Row driverResumes(boolean[] lost) {
    SimulatedHost first = process();
    driver(first);
    first.kill();
    SimulatedHost host = process();
    dies(host, 1 + random.nextInt(150), () -> session(host));
    lost[0] = !isBack(Outcome.RESUMED);
    return Row.DRIVER_RESUMES;
  }

  private Row driverPreserves(boolean[] lost) throws InterruptedException {
    SimulatedHost host = process();
    LiveSession session = driver(host);
    boolean died =
        dies(
            host,
            1 + random.nextInt(200),
            () -> session.preserve(PreserveOptions.defaults().whileDevicesWrite()));
    if (!died) {
      kexec();
    }
    lost[0] = !isBack(died ? Outcome.RESUMED : Outcome.RESTORED);
    return Row.DRIVER_PRESERVES;
  }

  private void kexec() throws InterruptedException {
    kernel.kexec(KexecMode.FILE);
    stopHolder();
    startHolder(1000);
  }

  private void sealAndLeave() {
    SimulatedHost host = process();
    LiveSession session = driver(host);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    session.leave();
    host.kill();
  }

  /** Whether a call takes the session out of the kernel. */
  private static boolean isTaking(Call call) {
    return call.request() == LiveupdateUapi.LIVEUPDATE_IOCTL_RETRIEVE_SESSION;
  }

  private Row restores(boolean[] lost, Consumer<SimulatedHost> restore)
      throws InterruptedException {
    sealAndLeave();
    kexec();
    SimulatedHost host = process();
    int at = 1 + random.nextInt(random.nextBoolean() ? 60 : 300);
    int[] seen = new int[1];
    boolean[] open = new boolean[1];
    Row row = Row.RESTORE;
    host.faults(each -> {
      open[0] = isTaking(each) || (open[0] && !each.name().equals("sendmsg"));
      return ++seen[0] == at ? Fault.DIE_AFTER : Fault.NONE;
    });
    try {
      restore.accept(host);
    } catch (ProcessDied dead) {
      row = open[0] ? Row.RESTORE_NOT_KEPT : Row.RESTORE;
    }
    host.kill();
    lost[0] = !isBack(Outcome.RESTORED);
    return row;
  }

  private Row holderDies(boolean[] lost, boolean driverLives) throws InterruptedException {
    SimulatedHost host = process();
    LiveSession session = driver(host);
    if (!driverLives) {
      host.kill();
    }
    stopHolder();
    if (driverLives) {
      checkFill(session.ioas("rings").find("ring").orElseThrow(), 1);
      fill(session.ioas("rings").buffer("more", PAGE), 2);
      startHolder(1000);
      host.kill();
      lost[0] = false;
      return Row.HOLDER_DRIVER_LIVES;
    }
    assertThatThrownBy(() -> session(process())).isInstanceOf(StoreException.class);
    startHolder(1000);
    lost[0] = !isBack(Outcome.RESUMED);
    return Row.HOLDER_DRIVER_DEAD;
  }

  private Row holderOfASealedSessionDies(boolean[] lost) throws InterruptedException {
    sealAndLeave();
    stopHolder();
    assertThat(kernel.kexec(KexecMode.FILE).sessionsCarried()).isEmpty();
    startHolder(1000);
    lost[0] = !isBack(Outcome.RESTORED);
    return Row.HOLDER_SEALED;
  }

  /** What a driver is told whose holder has ended. */
  @Test
  void aDriverIsToldThatItsHolderHasEnded() throws InterruptedException {
    SimulatedHost host = process();
    LiveSession session = driver(host);
    stopHolder();
    session.file(
        "log",
        () -> {
          int fd = host.syscalls().memfd_create("log", MemfdUapi.MFD_EXEC);
          assertThat(host.syscalls().ftruncate(fd, PAGE)).isZero();
          return fd;
        });
    assertThat(session.store().kind()).isEqualTo(StoreReport.Kind.NONE);
    assertThat(session.report().notices())
        .anyMatch(notice -> notice.contains("the session ends with this process"));
    host.kill();
    startHolder(1000);
  }
}
