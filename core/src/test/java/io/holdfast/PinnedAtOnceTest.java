package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionOptions;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.LiveupdateUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A retrieved memfd is pinned before anything else is done with it. */
final class PinnedAtOnceTest extends SessionFixture {
  private static final int FILES = 3;
  private static final long FILE_BYTES = 8 * MIB;

  /** Every call of a restore, in its order; a file may be told another size than it has. */
  private static final class Calls extends ForwardingSyscalls {
    private final List<String> made = new ArrayList<>();
    private int retrieved = -1;
    private boolean lies;

    Calls(Syscalls kernel) {
      super(kernel);
    }

    @Override
    public int ioctl(int fd, long request, MemorySegment argument) {
      int answer = super.ioctl(fd, request, argument);
      if (request == LiveupdateUapi.LIVEUPDATE_SESSION_RETRIEVE_FD) {
        made.add("retrieve");
        retrieved = LiveupdateUapi.liveupdate_session_retrieve_fd.fd.get(argument);
      } else if (request == IommufdUapi.IOMMU_IOAS_MAP_FILE) {
        made.add("map");
      } else {
        made.add("ioctl");
      }
      return answer;
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
      made.add("fcntl");
      return super.fcntl(fd, command, argument);
    }

    @Override
    public int statx(int fd, String path, int flags, int mask, MemorySegment status) {
      made.add("statx");
      int answer = super.statx(fd, path, flags, mask, status);
      if (lies && fd == retrieved && made.contains("map")) {
        statx.stx_size.set(status, FILE_BYTES + 4096);
      }
      return answer;
    }

    @Override
    public long mmap(long hint, long length, int protection, int flags, int fd, long offset) {
      made.add("mmap");
      return super.mmap(hint, length, protection, flags, fd, offset);
    }

    @Override
    public int munmap(long address, long length) {
      made.add("munmap");
      return super.munmap(address, length);
    }
  }

  private void preserveFiles() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    for (int i = 0; i < FILES; i++) {
      fill(rings.buffer("ring-" + i, FILE_BYTES), i);
    }
    session.preserve(PreserveOptions.defaults().withChecksums());
    kexec(session);
  }

  @Test
  void nothingLiesBetweenAFilesRetrievalAndItsMappings() {
    preserveFiles();
    Calls calls = new Calls(kernel.process());
    LiveSession session =
        LiveSession.openOrRestore(
            new SyscallsHost(calls, Disk.local(), "simulated"),
            "nic0",
            folder.resolve("state"),
            SessionOptions.defaults()
                .withListener((stage, item, done, total) -> calls.made.add("told")));
    open.add(session);
    int maps = 0;
    for (int i = 0; i < calls.made.size(); i++) {
      if (calls.made.get(i).equals("map")) {
        maps++;
        // The one call between says that the file is a memfd, which alone may be mapped.
        assertThat(calls.made.subList(i - 2, i)).containsExactly("retrieve", "fcntl");
      }
    }
    assertThat(maps).isEqualTo(FILES);
    assertThat(session.report().pinDelays())
        .hasValueSatisfying(delays -> {
          assertThat(delays.files()).isEqualTo(FILES);
          assertThat(delays.medianNanos()).isPositive().isLessThanOrEqualTo(delays.maxNanos());
        });
  }

  /** Whatever a second thread does meanwhile. */
  @Test
  void everyRestoreMakesTheSameCalls() {
    preserveFiles();
    Calls first = new Calls(kernel.process());
    LiveSession session = session(first);
    List<String> made = List.copyOf(first.made);
    session.preserve(PreserveOptions.defaults().withChecksums());
    kexec(session);
    Calls second = new Calls(kernel.process());
    session(second);
    assertThat(second.made).isEqualTo(made).contains("mmap", "munmap");
  }

  @Test
  void whatIsNotTheFileThatWasPreservedIsMappedAndLost() {
    preserveFiles();
    Calls calls = new Calls(kernel.process());
    calls.lies = true;
    assertThatThrownBy(() -> session(calls))
        .isInstanceOfSatisfying(
            RestoreException.class,
            e -> {
              assertThat(e).hasMessageContaining("bytes instead of");
              assertThat(e.report().buffers()).allMatch(each -> each.verdict() == Verdict.LOST);
            });
    assertThat(calls.made).contains("map");
  }

  @Test
  void oneOfManyFilesWithOtherBytesIsNamed() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    List<DmaBuffer> buffers = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      buffers.add(rings.buffer("ring-" + i, FILE_BYTES));
    }
    session.preserve(PreserveOptions.defaults().withChecksums());
    buffers.get(1).segment().set(ValueLayout.JAVA_BYTE, 5 * MIB, (byte) 1);
    kexec(session);
    assertThatThrownBy(this::session)
        .isInstanceOfSatisfying(
            RestoreException.class,
            e ->
                assertThat(e.report().buffers())
                    .extracting(each -> each.verdict())
                    .containsExactly(Verdict.SAME, Verdict.CONTENT_DIFFERS, Verdict.SAME));
  }
}
