package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.session.SessionException;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.uapi.FcntlUapi;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state whose process is killed while it saves, and one whose memory is damaged. */
class StateFileTest {
  private static final int CAPACITY = 4000;
  private static final int BYTES = 3 * 4096;
  private static final int KILLS = 6;

  @TempDir Path directory;

  /** Saves until it is killed: bytes that are all the version's lowest. */
  static final class Saver {
    public static void main(String[] arguments) {
      StateFile state = open(Path.of(arguments[0]), Boolean.parseBoolean(arguments[1]));
      byte[] bytes = new byte[CAPACITY];
      int first = state.version() + 1;
      for (int version = first; ; version++) {
        Arrays.fill(bytes, (byte) version);
        state.save(version, MemorySegment.ofArray(bytes));
        if (version == first) {
          System.out.println("saves"); // However slow this machine is, it has saved once.
        }
      }
    }
  }

  private static StateFile open(Path path, boolean fresh) {
    NativeSyscalls kernel = NativeSyscalls.open();
    int fd = kernel.open(path.toString(), FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0);
    BackingFile file = new BackingFile(1, "queues", BYTES, BackingFile.Origin.CALLER);
    LiveFile live = new LiveFile(new Memfd(kernel, fd, "queues"), file);
    if (fresh) {
      StateFile.initialise(live.whole(), CAPACITY);
    }
    return new StateFile(live, CAPACITY);
  }

  private Path file() throws IOException {
    Path path = directory.resolve("state");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(BYTES);
    }
    return path;
  }

  private static byte[] bytes(StateFile state) {
    byte[] bytes = new byte[CAPACITY];
    return Arrays.copyOf(bytes, state.read(MemorySegment.ofArray(bytes)));
  }

  @Test
  void itIsWholeWhenItsProcessIsKilledWhileItSaves() throws Exception {
    assertThat(StateFile.fileBytes(CAPACITY, 4096)).isEqualTo(BYTES);
    Path path = file();
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("StateFileTest: -Dholdfast.seed=" + seed);
    Random random = new Random(seed);
    int version = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Process saver =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Saver.class.getName(),
                  path.toString(),
                  Boolean.toString(kill == 0))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(saver.getInputStream(), StandardCharsets.UTF_8))) {
        assertThat(out.readLine()).isEqualTo("saves");
        TimeUnit.MICROSECONDS.sleep(20_000 + random.nextInt(50_000));
        saver.destroyForcibly().waitFor();
      }
      StateFile state = open(path, false);
      assertThat(state.version()).isGreaterThan(version);
      version = state.version();
      byte[] expected = new byte[CAPACITY];
      Arrays.fill(expected, (byte) version);
      assertThat(bytes(state)).isEqualTo(expected);
      assertThat(state.life()).isEqualTo(2L * kill + 2);
      assertThat(state.savedInLife()).isEqualTo(2L * kill + 1);
    }
  }

  @Test
  void aDamagedSlotIsNotBelieved() throws IOException {
    Path path = file();
    StateFile state = open(path, true);
    state.save(1, MemorySegment.ofArray(new byte[] {1, 1, 1}));
    state.save(2, MemorySegment.ofArray(new byte[] {2, 2, 2}));
    int slotBytes = 64 + (CAPACITY + 63) / 64 * 64;
    for (int offset : new int[] {8, 16, 20, 24, 64, 66}) { // life, version, length, checksum, bytes
      damage(path, 64 + slotBytes + offset);
      assertThat(open(path, false).version()).describedAs("byte %d", offset).isEqualTo(1);
      damage(path, 64 + slotBytes + offset);
      assertThat(open(path, false).version()).isEqualTo(2);
    }
    damage(path, 64 + 64);
    damage(path, 64 + slotBytes + 64);
    assertThat(open(path, false).isPresent()).isFalse();
    damage(path, 0);
    assertThatThrownBy(() -> open(path, false))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("is not one that state() made");
  }

  private static void damage(Path path, long offset) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(offset);
      int value = file.read();
      file.seek(offset);
      file.write(value ^ 0x41);
    }
  }
}
