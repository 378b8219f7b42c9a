package io.holdfast.store;

import static io.holdfast.store.Machine.memfd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.sim.SimulatedProcess;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an environment may say about inherited descriptors, and what it must not. */
class ListenDescriptorsTest {
  private final Machine machine = new Machine();
  private final SimulatedProcess process = machine.process();
  private final Map<String, String> environment = new HashMap<>();

  @AfterEach
  void end() {
    machine.close();
  }

  private void started(int descriptors, String names) {
    for (int i = 0; i < descriptors; i++) {
      int fd = memfd(process, "m" + i);
      process.fcntl(fd, FcntlUapi.F_SETFD, 0);
    }
    environment.put("LISTEN_PID", Integer.toString(process.getpid()));
    environment.put("LISTEN_FDS", Integer.toString(descriptors));
    environment.put("LISTEN_FDNAMES", names);
  }

  @Test
  void namesThemInOrderAndTheyPassNoExec() {
    started(3, "iommufd:device:device");
    assertThat(ListenDescriptors.read(process, environment))
        .containsExactly(
            new StoredDescriptor("iommufd", 3),
            new StoredDescriptor("device", 4),
            new StoredDescriptor("device", 5));
    for (int fd = 3; fd < 6; fd++) {
      assertThat(process.fcntl(fd, FcntlUapi.F_GETFD, 0)).isEqualTo(FcntlUapi.FD_CLOEXEC);
    }
  }

  @Test
  void withoutNamesTheyAreUnknown() {
    started(2, "");
    environment.remove("LISTEN_FDNAMES");
    assertThat(ListenDescriptors.read(process, environment))
        .extracting(StoredDescriptor::name)
        .containsExactly("unknown", "unknown");
  }

  @Test
  void whatIsMeantForAnotherProcessIsNotTouched() {
    started(1, "a");
    environment.put("LISTEN_PID", "1");
    assertThat(ListenDescriptors.read(process, environment)).isEmpty();
    assertThat(process.fcntl(3, FcntlUapi.F_GETFD, 0)).isZero();
    assertThat(ListenDescriptors.read(process, Map.of())).isEmpty();
  }

  @Test
  void aPidfdTellsAProcessFromOneThatHadItsNumber() {
    started(1, "a");
    environment.put("LISTEN_PIDFDID", Long.toString(pidfdInode()));
    assertThat(ListenDescriptors.read(process, environment)).hasSize(1);
    environment.put("LISTEN_PIDFDID", Long.toString(pidfdInode() + 1));
    assertThat(ListenDescriptors.read(process, environment)).isEmpty();
    assertThat(process.openDescriptors()).isEqualTo(1);
  }

  private long pidfdInode() {
    int pidfd = process.pidfd_open(process.getpid(), 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(256, 8);
      process.statx(pidfd, "", FcntlUapi.AT_EMPTY_PATH, 0x7ff, status);
      return statx.stx_ino.get(status);
    } finally {
      process.close(pidfd);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LISTEN_FDS|-1",
        "LISTEN_FDS|+1",
        "LISTEN_FDS|01",
        "LISTEN_FDS|1x",
        "LISTEN_FDS|'1 '",
        "LISTEN_FDS|''",
        "LISTEN_FDS|1.0",
        "LISTEN_FDS|99999",
        "LISTEN_FDS|18446744073709551617",
        "LISTEN_FDS|\u0661",
        "LISTEN_FDS|3",
        "LISTEN_PID|x",
        "LISTEN_PID|0",
        "LISTEN_PID|''",
        "LISTEN_PIDFDID|-7",
        "LISTEN_PIDFDID|''",
        "LISTEN_FDNAMES|a",
        "LISTEN_FDNAMES|a:b:c",
        "LISTEN_FDNAMES|a:b:",
        "LISTEN_FDNAMES|a:\u00fc",
        "LISTEN_FDNAMES|a:\u007f",
      })
  void refusesWhatIsMalformed(String variable, String value) {
    started(2, "a:b");
    environment.put(variable, value);
    assertThatThrownBy(() -> ListenDescriptors.read(process, environment))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("LISTEN_")
        .hasMessageContaining("unset");
    assertThat(process.fcntl(3, FcntlUapi.F_GETFD, 0)).describedAs("untouched").isZero();
    assertThat(process.fcntl(4, FcntlUapi.F_GETFD, 0)).describedAs("untouched").isZero();
    assertThat(process.openDescriptors()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"+2", "02", " 2", "2 ", "\u0662", "0x2", "2\n"})
  void takesNumbersOnlyAsSystemdWritesThem(String two) {
    started(2, "");
    environment.remove("LISTEN_FDNAMES");
    environment.put("LISTEN_FDS", two);
    assertThatThrownBy(() -> ListenDescriptors.read(process, environment))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("LISTEN_FDS is ");
  }

  @Test
  void refusesAnEndlessListWithoutReadingIt() {
    started(1, "a:".repeat(100_000));
    assertThatThrownBy(() -> ListenDescriptors.read(process, environment))
        .hasMessageContaining("has 16385 names");
    environment.put("LISTEN_FDNAMES", "x".repeat(256));
    assertThatThrownBy(() -> ListenDescriptors.read(process, environment))
        .hasMessageContaining("at place 0");
  }

  @Test
  void whatWasUsedUpIsNotAnnouncedAgain() {
    started(2, "a:b");
    InheritedStore inherited = InheritedStore.of(process, environment);
    List<StoredDescriptor> all = new ArrayList<>(inherited.unclaimed());
    inherited.claim(all.getFirst());
    process.close(all.getFirst().fd());
    int reused = memfd(process, "somebody else's");
    assertThat(reused).isEqualTo(3);
    assertThat(InheritedStore.of(process, environment).unclaimed())
        .containsExactly(new StoredDescriptor("b", 4));
    assertThatThrownBy(() -> inherited.claim(all.getFirst()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(process.fcntl(reused, FcntlUapi.F_GETFD, 0)).isEqualTo(FcntlUapi.FD_CLOEXEC);
  }
}
