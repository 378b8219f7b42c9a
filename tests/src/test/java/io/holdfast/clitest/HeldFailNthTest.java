package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.DmaFile;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.Main;
import io.holdfast.clitest.Trial.Ending;
import io.holdfast.lives.Nth;
import io.holdfast.lives.Nth.Way;
import io.holdfast.session.MapOptions;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.Syscalls;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code --hold} with each system call and each operation on the disk refused in turn: what fails
 * before the session is taken leaves it in the kernel, what fails after that is told and holds the
 * session until Enter is pressed, and then it is restored. With {@code --json} the output is one
 * document all the same.
 */
final class HeldFailNthTest {
  private static final String HELD = "keeps the session open: press Enter to retry";
  private static final Set<Integer> REFUSALS =
      Set.of(
          ExitCode.HOST_NOT_ABLE.code(),
          ExitCode.NOTHING_TO_RESTORE.code(),
          ExitCode.KERNEL_REFUSED.code(),
          ExitCode.FILE_FAILED.code(),
          ExitCode.NOT_ALLOWED_NOW.code());

  @TempDir private Path directory;
  private final InputStream stdin = System.in;
  private Path place;
  private int places;
  private Nth fate;
  private int enters;
  private int proofs;
  private int allProofs;
  private int refused;
  private int held;

  /** A key, each time one is asked for. */
  private interface Key {
    int press() throws IOException;
  }

  /** What is typed, key by key. */
  private static final class Keyboard extends InputStream {
    private final Key key;

    Keyboard(Key key) {
      this.key = key;
    }

    @Override
    public int read() throws IOException {
      return key.press();
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
      into[at] = (byte) read();
      return 1;
    }
  }

  @BeforeEach
  void pressEnter() {
    // Somebody who presses Enter whenever asked, but not for ever.
    System.setIn(
        new Keyboard(() -> {
          assertThat(enters--).as("pressed too often").isPositive();
          return '\n';
        }));
  }

  @AfterEach
  void leave() {
    System.setIn(stdin);
  }

  /** A machine on which a session waits to be restored. */
  private void begin() {
    place = directory.resolve("place-" + places++);
    try (SimulatedHost host = SimulatedHost.open(place.resolve("machine"))) {
      LiveSession session = LiveSession.openOrRestore(host, "nic0", place.resolve("state"));
      Ioas rings = session.ioas("rings");
      session.bind(SimulatedMachine.EDU_ADDRESS, rings);
      rings.buffer("ring", 3 * 4096);
      DmaFile file = session.file("log", () -> memfd(host.syscalls()));
      rings.map("log", file, 0, 4096, MapOptions.defaults());
      session.preserve();
      host.kexec();
    }
  }

  private static int memfd(Syscalls process) {
    int fd = process.memfd_create("log", MemfdUapi.MFD_EXEC);
    assertThat(process.ftruncate(fd, 4096)).isZero();
    return fd;
  }

  private Host host(String name) {
    assertThat(name).isEqualTo("the machine");
    SimulatedHost host = SimulatedHost.open(place.resolve("machine"));
    if (fate != null) {
      Nth met = fate;
      host.faults(call -> {
        int decided = met.decide(call);
        boolean proof = call.request() == IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA;
        proofs += proof && decided == Fault.NONE ? 1 : 0;
        return decided;
      });
      host.diskFaults(step -> {
        met.dies(step, false);
        if (met.fails(step)) {
          throw new IOException("Input/output error");
        }
      });
    }
    return host;
  }

  @Test
  void everyRefusalLeavesTheSessionInTheKernelOrInTheProcess() {
    for (List<String> verb :
        List.of(
            List.of("restore", "--consume", "--hold"),
            List.of("restore", "--consume", "--hold", "--json"),
            List.of("verify", "--consume", "--hold"),
            List.of("verify", "--consume", "--hold", "--json"))) {
      List<String> line = new ArrayList<>(verb);
      refused = 0;
      held = 0;
      try (Trial trial = new Trial("refusals of " + verb, this::host)) {
        allProofs = Integer.MAX_VALUE;
        live(trial, line, new Nth(false, Way.REFUSED, Integer.MAX_VALUE, 0));
        allProofs = proofs;
        everyCall(trial, line, verb.contains("restore") && verb.contains("--json"));
        everyStepOfTheDisk(trial, line);
      }
      System.out.println(verb + ": " + refused + " refusals, " + held + " of them held");
      assertThat(refused).isGreaterThanOrEqualTo(70);
      assertThat(held).isGreaterThan(refused / 2);
    }
  }

  @Test
  void aProgramThatTheKernelRefusesIsHeldToo() {
    begin();
    SimulatedHost host = SimulatedHost.open(place.resolve("machine"));
    List<Integer> open = new ArrayList<>();
    System.setIn(
        new Keyboard(() -> {
          open.add(host.openDescriptors());
          if (open.size() == 3) {
            throw new IOException("enough");
          }
          return '\n';
        }));
    StringWriter err = new StringWriter();
    Main.run(
        name -> host,
        new PrintWriter(new StringWriter()),
        new PrintWriter(err),
        "restore",
        "--state=" + place.resolve("state"),
        "--session=nic0",
        "--hold",
        "--exec",
        "/bin/true");
    assertThat(err.toString().lines().filter(line -> line.contains(HELD))).hasSize(3);
    assertThat(err.toString()).contains("execve").doesNotContain("    at ");
    assertThat(open).hasSize(3).allMatch(open.getFirst()::equals);
    assertThat(open.getFirst()).isGreaterThan(3);
  }

  private void everyCall(Trial trial, List<String> line, boolean everyErrno) {
    for (int number = 1, choice = 0; ; ) {
      Nth next = new Nth(false, Way.REFUSED, number, choice);
      live(trial, line, next);
      if (!next.isReached()) {
        return;
      }
      boolean on = next.isExhausted() || !everyErrno;
      choice = on ? 0 : choice + 1;
      number = on ? number + 1 : number;
    }
  }

  private void everyStepOfTheDisk(Trial trial, List<String> line) {
    Nth next;
    int number = 0;
    do {
      next = new Nth(true, Way.REFUSED, ++number, 0);
      live(trial, line, next);
    } while (next.isReached());
  }

  private void live(Trial trial, List<String> verb, Nth next) {
    begin();
    List<String> line = new ArrayList<>(verb);
    line.addAll(List.of("--host=the machine", "--state=" + place.resolve("state")));
    line.add("--session=nic0");
    fate = next;
    enters = 3;
    proofs = 0;
    Ending ending = trial.run(line);
    fate = null;
    refused += next.isReached() && !next.isExhausted() ? 1 : 0;
    if (ending.err().contains(HELD)) {
      held++;
      assertThat(ending.code()).as(ending.toString()).isZero();
    } else if (ending.code() != 0) {
      assertThat(ending.code()).as(ending.toString()).isIn(REFUSALS);
      // It is in the kernel as it was, or all was proved, and closing it, as asked, has failed.
      trial.run(line, Set.of(proofs < allProofs ? 0 : ExitCode.NOTHING_TO_RESTORE.code()));
    }
  }
}
