package io.holdfast.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalIoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real file system (tmpfs, in a mount namespace of its own) that is full at some point of a
 * journal's life, or cannot be written: a clear error, and neither a loss nor a crash of the JVM.
 */
class FullDiskTest {
  private static final int FILE_SYSTEM_KIB = 12 * 1024;

  @TempDir private Path temporary;

  @BeforeAll
  static void requireMountNamespaces() throws IOException, InterruptedException {
    assumeTrue(
        inNamespace("mount -t tmpfs -o size=64k none /mnt").waitFor() == 0,
        "this user cannot mount anything in a namespace of its own (unshare)");
  }

  /** Runs a shell script in a mount namespace where it is root. */
  private static Process inNamespace(String script) throws IOException {
    boolean root = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    List<String> command = new ArrayList<>(List.of("unshare", "--mount"));
    if (!root) {
      command.addAll(List.of("--user", "--map-root-user"));
    }
    command.addAll(List.of("sh", "-c", script));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String quoted(List<String> command) {
    return command.stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  private List<String> run(String afterMount, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(temporary.toString()));
    all.addAll(List.of(arguments));
    Process process =
        inNamespace(
            "mount -t tmpfs -o mode=700,size="
                + FILE_SYSTEM_KIB
                + "k none "
                + quoted(List.of(temporary.toString()))
                + " && "
                + afterMount
                + quoted(ChildJvm.command(main, all)));
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }

  @Test
  void whereverTheDiskIsFullTheErrorIsClearAndNothingIsLost()
      throws IOException, InterruptedException {
    List<String> refusedAt = new ArrayList<>();
    for (int freeKib : new int[] {0, 4, 40, 200, 300, 700, 1500, 3000, 5000}) {
      List<String> lines = run("", FullDiskWriter.class, Integer.toString(freeKib));
      assertThat(lines.getLast()).startsWith("OK ");
      for (String line : lines) {
        if (line.startsWith("REFUSED ")) {
          assertThat(line)
              .containsPattern("No space left on device|Not enough space")
              .contains("has room");
          refusedAt.add(line.split(" ", 3)[1]);
        }
      }
    }
    assertThat(refusedAt).as("when it is created, and when it grows").contains("create", "change");
  }

  @Test
  void aFileSystemThatCannotBeWrittenIsSaid() throws IOException, InterruptedException {
    String readOnly = "mount -o remount,ro " + quoted(List.of(temporary.toString())) + " && ";
    List<String> lines = run(readOnly, ReadOnlyDiskWriter.class);
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst()).startsWith("REFUSED ").contains("Read-only file system");
  }

  /** Tries to create a journal where nothing can be written. */
  static final class ReadOnlyDiskWriter {
    private ReadOnlyDiskWriter() {}

    public static void main(String[] arguments) {
      try {
        Journal.startOver(Path.of(arguments[0]).resolve("journal"), SteppedWriter.HEADER).close();
        System.out.println("CREATED");
      } catch (JournalIoException e) {
        System.out.println("REFUSED " + e.getMessage());
      }
    }
  }
}
