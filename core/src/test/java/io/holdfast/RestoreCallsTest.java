package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a session asks the kernel for, counted: it asks once for what it needs once. */
final class RestoreCallsTest extends SessionFixture {
  /**
   * Counts how often the status of an open file is asked for, and names the files that are read.
   */
  private static final class Counted extends ForwardingSyscalls {
    private int statuses;
    private final List<String> read = new ArrayList<>();

    Counted(Syscalls kernel) {
      super(kernel);
    }

    @Override
    public int statx(int dirfd, String path, int flags, int mask, MemorySegment status) {
      statuses += path.isEmpty() ? 1 : 0;
      return super.statx(dirfd, path, flags, mask, status);
    }

    @Override
    public int readFile(String path, byte[] buffer) {
      read.add(path);
      return super.readFile(path, buffer);
    }
  }

  private static final String MACHINE_ID = "/etc/machine-id";

  @Test
  void aRestoreLooksAtTheHostOnceForItsPlan() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("tx", 4096);
    session.preserve();
    kexec(session);
    Counted calls = new Counted(kernel.process());
    assertThat(session(calls).isRestored()).isTrue();
    assertThat(Collections.frequency(calls.read, MACHINE_ID)).isEqualTo(1);
  }

  @Test
  void aMemfdMoreTakesNoMoreCallsThanTheOneBefore() {
    Counted calls = new Counted(kernel.process());
    LiveSession session = session(calls);
    int[] statuses = new int[3];
    for (int round = 0; round < statuses.length; round++) {
      int before = calls.statuses;
      for (int i = 0; i < 20; i++) {
        session.file("frames-" + round + "-" + i, () -> memfd(calls, MemfdUapi.MFD_EXEC, 4096));
      }
      statuses[round] = calls.statuses - before;
    }
    assertThat(statuses[1]).isPositive();
    // The first round has nothing before it that would be asked for its identity.
    assertThat(statuses[2]).isEqualTo(statuses[1]);
  }
}
