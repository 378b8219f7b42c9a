package io.holdfast.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which classes writing and reading a journal costs, seen in the log of a JVM of its own. */
class JournalClassesTest {
  @TempDir private Path temporary;

  /** What the child does: {@code write FILE} or {@code read FILE}. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      Path file = Path.of(arguments[1]);
      if (arguments[0].equals("write")) {
        try (Journal journal = Journal.startOver(file, Fixtures.header())) {
          journal.append(Fixtures.setUp());
          journal.sync();
        }
      } else {
        System.out.println("batches " + JournalReader.read(file).batches());
      }
    }
  }

  private List<String> classesOf(String what) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xlog:class+load",
            "-classpath",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            what,
            temporary.resolve("nic0").resolve("journal").toString()));
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).as(output).isZero();
    return output
        .lines()
        .filter(line -> line.contains("source:") || line.startsWith("batches"))
        .toList();
  }

  @Test
  void writingDoesNotRunTheJavaCompilerAndReadingDoesNotTouchChronicle()
      throws IOException, InterruptedException {
    // Chronicle asks the JDK for its compiler object, which is a handful of classes, whether it
    // needs it or not; what
    // it must not come to is a compilation.
    assertThat(classesOf("write"))
        .anyMatch(line -> line.contains("net.openhft.chronicle.map.VanillaChronicleMap"))
        .anyMatch(line -> line.contains("VanillaGlobalMutableState$$Native source: file:"))
        .noneMatch(line -> line.contains("com.sun.tools.javac.main"))
        .noneMatch(line -> line.contains("com.sun.tools.javac.parser"))
        .noneMatch(line -> line.contains("com.sun.tools.javac.jvm"));
    assertThat(classesOf("read"))
        .anyMatch(line -> line.equals("batches 3"))
        .noneMatch(line -> line.contains("net.openhft"))
        .noneMatch(line -> line.contains("javac"));
  }
}
