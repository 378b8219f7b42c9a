package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tool's process with streams in every state that a shell can give it. A few of them in every
 * build; {@code tests/cli/run streams} has them all.
 */
final class StreamsTest {
  private static final Map<String, String> INPUTS = new LinkedHashMap<>();
  private static final Map<String, String> OUTPUTS = new LinkedHashMap<>();
  private static final Map<String, String> MESSAGES = new LinkedHashMap<>();

  static {
    INPUTS.put("nothing", "</dev/null");
    INPUTS.put("closed", "<&-");
    INPUTS.put("a directory", "</");
    OUTPUTS.put("a file", ">out");
    OUTPUTS.put("full", ">/dev/full");
    OUTPUTS.put("closed", ">&-");
    OUTPUTS.put("read-only", "1</dev/null");
    OUTPUTS.put("a pipe that nobody reads", "> >(exec true)");
    MESSAGES.put("a file", "2>err");
    MESSAGES.put("full", "2>/dev/full");
    MESSAGES.put("closed", "2>&-");
    MESSAGES.put("the output's", "2>&1");
  }

  @TempDir private Path directory;

  private int run(List<String> arguments, String... redirections) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", "-c"));
    command.add("\"$@\" " + String.join(" ", redirections));
    command.add("bash");
    command.addAll(Holdfast.java(io.holdfast.cli.Main.class, arguments));
    Process process = new ProcessBuilder(command).directory(directory.toFile()).start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("%s ends", command).isTrue();
    return process.exitValue();
  }

  private String written(String file) throws IOException {
    Path path = directory.resolve(file);
    return Files.exists(path) ? Files.readString(path, StandardCharsets.UTF_8) : "";
  }

  private void check(List<String> line, int code, String in, String out, String err)
      throws Exception {
    Files.deleteIfExists(directory.resolve("out"));
    Files.deleteIfExists(directory.resolve("err"));
    int ended = run(line, INPUTS.get(in), OUTPUTS.get(out), MESSAGES.get(err));
    String what =
        written("err") + line + " with input " + in + ", output " + out + ", messages " + err;
    // Without input and output the JVM gives itself others; the launcher sees to it before.
    boolean replaced = in.equals("closed") && out.equals("closed");
    // A pipe may have been read before nobody reads it any more.
    Set<Integer> wanted =
        switch (out) {
          case "a file" -> Set.of(code);
          case "a pipe that nobody reads" -> Set.of(code, code == 0 ? 11 : code);
          default -> replaced ? Set.of(code, 11) : Set.of(code == 0 ? 11 : code);
        };
    assertThat(ended).as(what).isIn(wanted);
    assertThat(written("err").lines().filter(text -> !text.startsWith("holdfast: ")))
        .as(what)
        .isEmpty();
    if (err.equals("a file") && !out.equals("a file") && ended == 11) {
      assertThat(written("err").lines().count()).as(what).isBetween(0L, 1L);
    }
  }

  @Test
  void lostOutputIsNeverSuccess() throws Exception {
    Path text = Files.writeString(directory.resolve("text"), "no manifest");
    if (Trial.setting("everyStream", 0) == 0) {
      check(List.of("--version"), 0, "nothing", "full", "a file");
      check(List.of("--version"), 0, "closed", "closed", "closed");
      check(List.of("inspect", "--json", text.toString()), 5, "nothing", "closed", "full");
      return;
    }
    int runs = 0;
    for (List<String> line :
        List.of(
            List.of("--version"),
            List.of("inspect", directory.toString()),
            List.of("inspect", "--json", text.toString()),
            List.of("nonsense"))) {
      int code = line.contains(text.toString()) ? 5 : line.contains("nonsense") ? 2 : 0;
      for (String in : INPUTS.keySet()) {
        for (String out : OUTPUTS.keySet()) {
          for (String err : MESSAGES.keySet()) {
            // The shell itself refuses one that copies a closed stream.
            if (!(err.equals("the output's") && out.equals("closed"))) {
              check(line, code, in, out, err);
              runs++;
            }
          }
        }
      }
    }
    System.out.println("streams: " + runs + " runs");
  }
}
