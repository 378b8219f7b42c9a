package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every command that docs/operating.md tells the reader to run is run by a job in the guest, word
 * for word; what it says of a program without its arguments is run by one in some form.
 */
class OperatingCommandsTest {
  private static final Path ROOT = Path.of(System.getProperty("holdfast.root"));
  private static final Pattern DOCUMENTED = Pattern.compile("\\bdocumented '([^']+)'");
  private static final Pattern INLINE =
      Pattern.compile("`((?:holdfast|systemctl|systemd-analyze|kexec|tests/vm/run) [^`]+)`");

  private static List<String> page() throws IOException {
    return Files.readAllLines(ROOT.resolve("docs/operating.md"));
  }

  /** The lines of blocks, without their comments. */
  private static List<String> blocks() throws IOException {
    List<String> commands = new ArrayList<>();
    boolean inside = false;
    for (String line : page()) {
      if (line.startsWith("```")) {
        inside = !inside;
      } else if (inside) {
        commands.add(line.replaceFirst(" +# .*", "").strip());
      }
    }
    return commands;
  }

  private static List<String> inline() throws IOException {
    List<String> commands = new ArrayList<>();
    Matcher matcher = INLINE.matcher(String.join("\n", page()));
    while (matcher.find()) {
      commands.add(matcher.group(1).replace('\n', ' '));
    }
    return commands;
  }

  /** What the guest's jobs and the units run. */
  private static String scripts() throws IOException {
    StringBuilder scripts = new StringBuilder();
    for (String directory : List.of("tests/vm/guest", "packaging/systemd")) {
      try (Stream<Path> files = Files.list(ROOT.resolve(directory))) {
        for (Path file : files.sorted().toList()) {
          scripts.append(Files.readString(file));
        }
      }
    }
    return scripts.toString();
  }

  private static Set<String> run(String scripts) {
    Set<String> run = new TreeSet<>();
    Matcher matcher = DOCUMENTED.matcher(scripts);
    while (matcher.find()) {
      run.add(matcher.group(1));
    }
    return run;
  }

  @Test
  void everyCommandIsRunWordForWord() throws IOException {
    List<String> commands = new ArrayList<>(blocks());
    inline().stream().filter(OperatingCommandsTest::isWhole).forEach(commands::add);
    assertThat(commands).hasSizeGreaterThan(8);
    assertThat(run(scripts())).containsAll(commands);
  }

  /** With options spelled out, or for a unit of its own. */
  private static boolean isWhole(String command) {
    return command.contains(" --") || command.contains("@");
  }

  @Test
  void everyOtherIsRunInSomeForm() throws IOException {
    String scripts = scripts();
    for (String command : inline()) {
      if (command.startsWith("tests/vm/run ")) {
        for (String job : command.substring("tests/vm/run ".length()).split(" ", -1)) {
          assertThat(ROOT.resolve("tests/vm/guest").resolve(job)).exists();
        }
      } else if (!isWhole(command)) {
        assertThat(scripts).contains(command);
      }
    }
  }

  @Test
  void nothingIsRunThatThePageDoesNotHave() throws IOException {
    assertThat(String.join("\n", page())).contains(run(scripts()));
  }
}
