package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.disk.FaultInjectingDisk.Operation;
import io.holdfast.journal.JournalReader;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@link LiveSession#prepare} moves a restored session's journal, so that no change has to. */
final class PrepareTest extends SessionFixture {
  private final List<Operation> done = new ArrayList<>();
  private boolean full;

  /** A restored session on a disk that tells what is done, and that can be full. */
  private LiveSession session;

  @BeforeEach
  void restore() {
    LiveSession before = session();
    before.bind(EDU, before.ioas("rings"));
    before.ioas("rings").buffer("tx", 4096);
    before.preserve();
    kexec(before);
    Disk disk =
        new FaultInjectingDisk(
            Disk.local(),
            step -> {
              if (full && step.operation() == Operation.CREATE) {
                throw new IOException("no space left");
              }
              done.add(step.operation());
            });
    session =
        LiveSession.openOrRestore(
            new SyscallsHost(kernel.process(), disk, "simulated"), "nic0", folder.resolve("state"));
    open.add(session);
    assertThat(session.isRestored()).isTrue();
    done.clear();
  }

  private SessionState recorded() {
    return JournalReader.read(journal()).state();
  }

  private Path journal() {
    return folder.resolve("state/nic0/journal");
  }

  @Test
  void withoutItTheFirstChangeMovesTheJournal() {
    session.ioas("more");
    assertThat(done).contains(Operation.CREATE, Operation.RENAME);
  }

  @Test
  void afterItNoChangeDoes() {
    SessionState before = recorded();
    session.prepare();
    assertThat(done).contains(Operation.CREATE, Operation.RENAME);
    assertThat(recorded()).isEqualTo(before);
    done.clear();
    session.ioas("more");
    assertThat(done).doesNotContain(Operation.CREATE, Operation.RENAME);
    assertThat(recorded().ioases()).hasSize(before.ioases().size() + 1);
  }

  @Test
  void aSecondTimeItDoesNothing() {
    session.prepare();
    done.clear();
    session.prepare();
    assertThat(done).isEmpty();
  }

  @Test
  void whatFailsCanBeDoneAgain() {
    SessionState before = recorded();
    full = true;
    assertThatThrownBy(session::prepare)
        .isInstanceOf(HoldfastException.class)
        .hasMessageContaining("no space left");
    assertThat(recorded()).isEqualTo(before);
    full = false;
    session.prepare();
    done.clear();
    session.ioas("more");
    assertThat(done).doesNotContain(Operation.CREATE, Operation.RENAME);
    assertThat(session.preserve().sealed().ioases()).hasSize(2);
  }

  @Test
  void ofASealedSessionItIsNoneAndOfAClosedOneRefused() {
    session.preserve();
    done.clear();
    session.prepare();
    assertThat(done).isEmpty();
    session.close();
    assertThatThrownBy(session::prepare).isInstanceOf(IllegalStateException.class);
  }
}
