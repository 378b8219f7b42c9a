package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.holdfast.session.SessionException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a program before it is executed is what the kernel then does. */
class ProgramTest {
  private static final Map<String, String> PATH = Map.of("PATH", "/usr/bin:/bin");

  @TempDir private Path directory;

  private Path file(String name, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private Path script(String name, String content) throws IOException {
    return file(name, content.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String check(Path program, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    return Program.check(command, PATH, List.of());
  }

  private static void refused(String why, Path program, String... arguments) {
    assertThatThrownBy(() -> check(program, arguments))
        .as(program.toString())
        .isInstanceOf(SessionException.class)
        .hasMessageContaining(why);
  }

  @Test
  void whatTheKernelRunsIsAccepted() throws IOException {
    assertThat(Program.check(List.of("sh"), PATH, List.of())).endsWith("/sh");
    check(script("script", "#!/bin/sh\nexit 0\n"));
    check(script("spaces", "#! \t/bin/sh -e\nexit 0\n"));
    check(script("no-line-feed", "#!/bin/sh"));
    Path inner = script("inner", "#!/bin/sh\n");
    check(script("outer", "#!" + inner + "\n"));
  }

  @Test
  void everyProgramOfThisSystemIsAccepted() throws IOException {
    int checked = 0;
    for (String folder : List.of("/usr/bin", "/usr/sbin")) {
      try (Stream<Path> programs = Files.list(Path.of(folder))) {
        for (Path program : programs.filter(ProgramTest::isElf).toList()) {
          assertThatCode(() -> check(program)).as(program.toString()).doesNotThrowAnyException();
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(50);
  }

  private static boolean isElf(Path path) {
    try (var in = Files.newInputStream(path)) {
      byte[] head = in.readNBytes(20);
      return Files.isExecutable(path)
          && head.length == 20
          && head[0] == 0x7f
          && head[1] == 'E'
          && (head[16] == 2 || head[16] == 3);
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whatIsMissingOrNotExecutableIsRefused() throws IOException {
    refused("there is no program", directory.resolve("absent"));
    refused("there is no program", directory);
    Path plain = script("plain", "#!/bin/sh\n");
    Files.setPosixFilePermissions(plain, PosixFilePermissions.fromString("rw-------"));
    refused("there is no program", plain);
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("absent"));
    refused("there is no program", link);
    assertThatThrownBy(() -> Program.check(List.of(""), PATH, List.of()))
        .isInstanceOf(SessionException.class);
    assertThatThrownBy(() -> Program.check(List.of(), PATH, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void scriptsWithoutAnInterpreterAreRefused() throws IOException {
    refused("neither an ELF program nor a script", script("text", "echo it works\n"));
    refused("neither an ELF program nor a script", script("empty", ""));
    refused("neither an ELF program nor a script", script("later", "\n#!/bin/sh\n"));
    refused("names no interpreter", script("nothing", "#!\nexit 0\n"));
    refused("names no interpreter", script("blank", "#!   \nexit 0\n"));
    refused("which cannot be run", script("missing", "#!/no/such/interpreter\n"));
    refused("which cannot be run", script("directory", "#!/usr\n"));
    refused("which cannot be run", script("line-feed", "#!/bin/sh\r\n"));
    refused("names no interpreter", script("long", "#!/" + "x".repeat(500)));
    Path last = script("0", "#!/bin/sh\n");
    for (int i = 1; i <= 5; i++) {
      last = script(String.valueOf(i), "#!" + last + "\n");
    }
    refused("is the script of a script", last);
  }

  @Test
  void damagedElfProgramsAreRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Path.of("/bin/true").toRealPath());
    check(file("whole", whole));
    refused("is a damaged ELF program", file("half", Arrays.copyOf(whole, whole.length / 2)));
    refused("is a damaged ELF program", file("head", Arrays.copyOf(whole, 200)));
    refused("neither an ELF program nor", file("magic", Arrays.copyOf(whole, 20)));
    byte[] other = whole.clone();
    other[18] ^= 0x55;
    refused("is an ELF program for another machine", file("other", other));
    byte[] object = whole.clone();
    object[16] = 1;
    refused("is not an ELF program for this machine", file("object", object));
  }

  @Test
  void argumentsThatTheKernelDoesNotTakeAreRefused() {
    Path program = Path.of("/bin/true");
    String[] many =
        Collections.nCopies(200_000, "an argument of some length").toArray(String[]::new);
    refused("arguments and environment have", program, many);
    refused("an argument or variable has", program, "x".repeat(128 << 10));
    refused("a zero byte", program, "a\0b");
    check(program, "x".repeat((128 << 10) - 1));
    assertThatThrownBy(() ->
            Program.check(List.of("/bin/true"), PATH, List.of("KEY=" + "secret".repeat(128 << 10))))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("what begins with KEY=")
        .hasMessageNotContaining("secret");
  }

  /**
   * Executes each program with the kernel: one that the check accepts never ends the process that
   * has become it, and what the kernel starts is accepted.
   */
  @Test
  void elfHeadersAreJudgedAsTheKernelDoes() throws Exception {
    assumeThat(System.getProperty("os.arch")).isEqualTo("amd64");
    long seed = Long.getLong("holdfast.trial.seed", 20261124);
    int count = Integer.getInteger("holdfast.trial.elves", 300);
    Random random = new Random(seed);
    List<Path> programs = new ArrayList<>();
    List<TinyElf> elves = new ArrayList<>(List.of(new TinyElf()));
    programs.add(file("elf-0", new TinyElf().bytes()));
    while (programs.size() < count) {
      TinyElf elf = new TinyElf();
      for (int i = random.nextInt(3); i >= 0; i--) {
        elf.damage(random);
      }
      elves.add(elf);
      programs.add(file("elf-" + programs.size(), elf.bytes()));
    }
    List<Integer> endings = execute(programs);
    int[] seen = new int[4];
    for (int i = 0; i < programs.size(); i++) {
      int ending = endings.get(i);
      String what = "seed " + seed + ", " + programs.get(i) + " ended in " + ending;
      if (ending == TinyElf.EXIT_CODE) {
        Path started = programs.get(i);
        assertThatCode(() -> check(started)).as(what).doesNotThrowAnyException();
        seen[0]++;
      } else if (ending > 128 && !elves.get(i).beginsAtItsCode()) {
        seen[3]++; // It may well have been started, and have failed by itself.
      } else if (ending > 128) {
        try {
          check(programs.get(i));
          throw new AssertionError(
              what
                  + ", but was accepted: "
                  + HexFormat.of().formatHex(Files.readAllBytes(programs.get(i))));
        } catch (SessionException e) {
          assertThat(e.remedy()).isNotEmpty();
        }
        seen[1]++;
      } else {
        seen[2]++; // Refused, and the process goes on.
      }
    }
    assertThat(seen[0]).as("started").isPositive();
    assertThat(seen[1]).as("killed").isPositive();
    assertThat(seen[2]).as("refused").isPositive();
    System.out.printf(
        "ELF headers, seed %d: %d programs, %d started, %d refused by the kernel, %d killed%n",
        seed, count, seen[0], seen[2], seen[1]);
  }

  /** The exit codes of programs, as bash tells them: 126 and 127 for one that is refused. */
  private List<Integer> execute(List<Path> programs) throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of("bash", "-c", "ulimit -c 0; for each; do (exec \"$each\"); echo $?; done", "bash"));
    programs.forEach(program -> command.add(program.toString()));
    Process bash = new ProcessBuilder(command).redirectError(new File("/dev/null")).start();
    String codes = new String(bash.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(bash.waitFor()).isZero();
    return codes.lines().map(Integer::valueOf).toList();
  }
}
