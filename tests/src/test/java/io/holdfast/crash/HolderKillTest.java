package io.holdfast.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.cli.Main;
import io.holdfast.store.DescriptorStore;
import io.holdfast.store.HeldSession;
import io.holdfast.store.HeldSessions;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes, real descriptors, SIGKILL: a holder, and drivers that die at every stage of being
 * given what it keeps.
 *
 * <p>{@code -Dholdfast.kills=200} kills more drivers at random moments, {@code -Dholdfast.seed=N}
 * chooses which.
 */
@Timeout(900)
class HolderKillTest {
  private static final int KILLS = Integer.getInteger("holdfast.kills", 4);

  @TempDir Path folder;

  private final Syscalls kernel = NativeSyscalls.open();
  private final List<Process> started = new ArrayList<>();
  private String socket;
  private Child holder;

  /** A process and what it says. */
  private record Child(Process process, BufferedReader lines) {
    static Child of(Process process) {
      return new Child(process, process.inputReader(StandardCharsets.UTF_8));
    }

    /** Reads until a line begins so; the line. */
    String await(String beginning) {
      try {
        String line = lines.readLine();
        while (line != null && !line.startsWith(beginning)) {
          line = lines.readLine();
        }
        return line;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void go() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    }

    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  @BeforeEach
  void start() throws IOException {
    socket = folder.resolve("held/holder.sock").toString();
    holder = hold();
  }

  private Child hold(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("hold", "--socket", socket));
    arguments.addAll(List.of(more));
    Process process =
        new ProcessBuilder(ChildJvm.command(Main.class, arguments))
            .redirectErrorStream(true)
            .start();
    started.add(process);
    Child child = Child.of(process);
    assertThat(child.await("holdfast: process")).contains(socket);
    return child;
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
    kernel.close();
  }

  private Child driver(String... names) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(socket));
    arguments.addAll(List.of(names));
    Process process = ChildJvm.start(HeldDriver.class, arguments);
    started.add(process);
    return Child.of(process);
  }

  private List<String> kept() {
    try (DescriptorStore store = HeldDriver.store(kernel, socket)) {
      return HeldDriver.contents(kernel, store);
    }
  }

  @Test
  void driversKilledAtEveryStageCostNothing() throws IOException, InterruptedException {
    Child first = driver("iommufd", "device");
    assertThat(first.await("offered")).isEqualTo("offered []");
    first.go();
    first.await("acknowledged");
    first.go();
    first.await("put device");
    first.kill();
    List<String> whole = List.of("iommufd in iommufd", "device in device");
    assertThat(kept()).isEqualTo(whole);
    for (String stage : List.of("offered", "adopted", "acknowledged", "done")) {
      Child next = driver();
      assertThat(next.await("offered")).isEqualTo("offered " + whole);
      if (!stage.equals("offered")) {
        next.go();
        next.await(stage.equals("done") ? "acknowledged" : stage);
      }
      if (stage.equals("done")) {
        next.go();
        next.await("done");
      }
      next.kill();
      assertThat(kept()).as("killed after it was %s", stage).isEqualTo(whole);
    }
  }

  @Test
  void driversKilledAtRandomCostNothing() throws IOException, InterruptedException {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("HolderKillTest: seed " + seed);
    Random random = new Random(seed);
    List<String> known = new ArrayList<>();
    for (int round = 0; round < KILLS; round++) {
      Child child = driver("m" + round + "a", "m" + round + "b", "m" + round + "c");
      child.go();
      child.go();
      child.await("offered");
      child.process().waitFor(random.nextInt(60), TimeUnit.MILLISECONDS);
      child.kill();
      List<String> found = kept();
      assertThat(found.subList(0, known.size())).as("seed %d", seed).isEqualTo(known);
      for (int i = 0; i < found.size(); i++) {
        String name = found.get(i).split(" ", 2)[0];
        assertThat(found.get(i)).as("seed %d", seed).isEqualTo(name + " in " + name);
      }
      known = found;
    }
  }

  @Test
  void theHoldersDeathIsToldAndItsTermWaits() throws IOException, InterruptedException {
    try (DescriptorStore store = HeldDriver.store(kernel, socket)) {
      int memfd = HeldDriver.memfd(kernel, "a");
      store.put("a", memfd);
      holder.process().toHandle().destroy(); // SIGTERM; what it says can still be read
      assertThat(holder.await("holdfast: asked to end")).contains("1 descriptor");
      assertThat(holder.process().isAlive()).isTrue();
      store.put("b", memfd);
      store.remove("a");
      store.remove("b");
      assertThat(holder.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(Path.of(socket)).doesNotExist();
      assertThatThrownBy(() -> store.put("c", memfd)).isInstanceOf(StoreException.class);
      kernel.close(memfd);
    }
    Child second = hold();
    try (DescriptorStore store = HeldDriver.store(kernel, socket)) {
      int memfd = HeldDriver.memfd(kernel, "d");
      store.put("d", memfd);
      second.kill();
      assertThatThrownBy(() -> store.put("e", memfd))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("not lost as long as it lives");
      kernel.close(memfd);
    }
    assertThatThrownBy(this::kept).hasMessageContaining("what it kept is lost");
    hold();
    assertThat(kept()).isEmpty();
  }

  @Test
  void aNewVersionTakesOverUnderADriver() throws IOException, InterruptedException {
    try (DescriptorStore store = HeldDriver.store(kernel, socket)) {
      int memfd = HeldDriver.memfd(kernel, "a");
      store.put("a", memfd);
      Child successor = hold("--take-over");
      assertThat(successor.await("holdfast: took over")).contains("1 descriptor");
      assertThat(holder.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      store.put("b", memfd);
      kernel.close(memfd);
      try (HeldSessions sessions = HeldSessions.connect(kernel, socket)) {
        assertThat(sessions.list())
            .containsExactly(
                new HeldSession("nic0", kernel.geteuid(), 2, (int) ProcessHandle.current().pid()));
      }
    }
    assertThat(kept()).containsExactly("a in a", "b in a");
  }

  private int discard(String... more) {
    List<String> arguments = new ArrayList<>(List.of("discard", "--session", "nic0"));
    arguments.addAll(List.of("--socket", socket));
    arguments.addAll(List.of(more));
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return Main.run(nowhere, nowhere, arguments.toArray(String[]::new));
  }

  @Test
  void discardingIsAskedForAndClosesWhatIsKept() {
    try (DescriptorStore store = HeldDriver.store(kernel, socket)) {
      int memfd = HeldDriver.memfd(kernel, "a");
      store.put("a", memfd);
      kernel.close(memfd);
      assertThat(discard("--yes")).as("while a process has it open").isNotZero();
    }
    assertThat(discard()).as("without --yes").isNotZero();
    assertThat(kept()).containsExactly("a in a");
    assertThat(discard("--yes")).isZero();
    assertThat(kept()).isEmpty();
  }

  @Test
  void keepsTenThousandMemfds() {
    int memfd = HeldDriver.memfd(kernel, "many");
    try (DescriptorStore store = HeldDriver.store(kernel, socket)) {
      for (int i = 0; i < 10_000; i++) {
        store.put("m" + i, memfd);
      }
    }
    kernel.close(memfd);
    try (DescriptorStore store = HeldDriver.store(kernel, socket)) {
      List<StoredDescriptor> offered = store.offered();
      assertThat(offered).hasSize(10_000);
      assertThat(offered.getLast().name()).isEqualTo("m9999");
      assertThat(HeldDriver.contents(kernel, store)).contains("m5000 in many");
    }
  }
}
