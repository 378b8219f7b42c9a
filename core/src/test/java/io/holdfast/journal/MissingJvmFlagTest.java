package io.holdfast.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.JvmFlags;
import io.holdfast.sys.MissingJvmFlagException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM without a flag that a journal needs gets one exception, which names it. */
class MissingJvmFlagTest {
  @TempDir private Path temporary;

  /** Creates a journal, or prints the flag that is missing. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      try (Journal journal = Journal.startOver(Path.of(arguments[0]), Fixtures.header())) {
        journal.append(Fixtures.setUp());
        System.out.println("created");
      } catch (MissingJvmFlagException missing) {
        System.out.println("missing " + missing.flag());
      }
    }
  }

  private String outputWithout(String flag) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    JvmFlags.list().stream().filter(each -> !each.equals(flag)).forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
    command.add(temporary.resolve("nic0").resolve("journal").toString());
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    child.waitFor();
    return output.strip();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
        "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"
      })
  void theExceptionNamesTheFlag(String flag) throws IOException, InterruptedException {
    assertThat(outputWithout(flag)).isEqualTo("missing " + flag);
  }

  @Test
  void withAllOfThemNothingIsMissingAndNothingElseIsPrinted()
      throws IOException, InterruptedException {
    assertThat(outputWithout("")).isEqualTo("created");
  }
}
