package io.holdfast.lives;

import io.holdfast.Restore;
import io.holdfast.lives.Attempt.End;
import io.holdfast.lives.Attempt.Expected;
import io.holdfast.lives.Model.Buffer;
import io.holdfast.model.Policy;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;

/**
 * The restore tool on a session that waits in the kernel: it takes it, restores and verifies it,
 * and ends, with which the session is gone. Not thread-safe.
 */
final class ToolRun {
  private static final int TRIES = 3;

  private final Life life;
  private final String name;
  private final Path state;
  private final Model waiting;
  private final SimulatedHost host;

  ToolRun(Life life, String name, Path state, Model waiting) {
    this.life = life;
    this.name = name;
    this.state = state;
    this.waiting = waiting;
    this.host =
        SimulatedHost.on(life.kernel()).faults(life.faults()).diskFaults(life.faults().disk());
  }

  /**
   * Runs it to its end.
   *
   * @param restoring what its restore is expected to meet
   * @param spoiled whether a file is lost
   */
  void run(Expected restoring, boolean spoiled) {
    Restore[] taken = new Restore[1];
    End end =
        life.attempt()
            .run(
                "tool: take " + name,
                spoiled ? Expected.MAY_REFUSE : Expected.WORKS,
                () -> taken[0] = Restore.take(host, name, state, Driver.OPTIONS));
    if (end == End.DONE) {
      life.witness()
          .check(
              taken[0].state().generation() == waiting.generation
                  && taken[0].state().ioases().size() == waiting.ioases.size(),
              Invariant.ALL_BACK,
              "the tool was told of %s",
              taken[0].state());
      use(taken[0], restoring);
    }
    host.close();
    life.faults().revive();
  }

  private void use(Restore session, Expected restoring) {
    End end = End.REFUSED;
    RestoreReport[] report = new RestoreReport[1];
    for (int i = 0; i < TRIES && end == End.REFUSED; i++) {
      end =
          life.attempt()
              .run("tool: restore " + name, restoring, () -> report[0] = session.restore());
    }
    if (end == End.DONE) {
      restored(report[0]);
      end = life.attempt().run("tool: finish " + name, Expected.WORKS, session::finish);
    }
    if (end != End.DIED) {
      end = life.attempt().run("tool: close " + name, Expected.WORKS, session::close);
    }
    if (end == End.DONE) {
      life.witness()
          .check(
              host.openDescriptors() == 0,
              Invariant.NO_LEAK,
              "the tool has %d descriptors open",
              host.openDescriptors());
    }
  }

  private void restored(RestoreReport report) {
    for (Buffer buffer : waiting.buffers.values()) {
      life.witness()
          .check(
              buffer.policy == Policy.OPTIONAL || Witness.verdict(report, buffer) == Verdict.SAME,
              Invariant.ALL_BACK,
              "the tool has %s as %s",
              buffer,
              Witness.verdict(report, buffer));
    }
  }
}
