package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.linux.Memfd;
import io.holdfast.model.HoldfastException;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A JVM that becomes a program, on the kernel of this machine: programs that are refused leave it
 * as it was, and the one that is not gets what is announced and nothing else.
 */
class HandoverTest {
  @TempDir private Path directory;

  /** Tries every wrong command in a directory, then becomes a shell. */
  static final class Hostage {
    private final Syscalls kernel = NativeSyscalls.open();
    private final List<Announced> announced = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
      new Hostage().run(Path.of(arguments[0]));
    }

    private void run(Path directory) throws Exception {
      for (String name : List.of("one", "two", "three")) {
        announced.add(new Announced("holdfast-" + name, Memfd.create(kernel, name, 4096)));
      }
      // Descriptors of its own that would pass on, as libraries of others leave them.
      kernel.dup2(1, 60);
      refuse("no-shebang", directory.resolve("no-shebang").toString());
      refuse("no-interpreter", directory.resolve("no-interpreter").toString());
      refuse("truncated", directory.resolve("truncated").toString());
      refuse("not-executable", directory.resolve("not-executable").toString());
      String[] many = Collections.nCopies(300_000, "an argument").toArray(String[]::new);
      refuse("too-many", "/bin/true", many);
      refuse("too-large", "/bin/true", "x".repeat(200_000));
      // What only the kernel knows: it does not run this one; its limit is just passed; it is open.
      refuse("elf-of-32-bits", directory.resolve("elf-of-32-bits").toString());
      refuse("just-too-many", directory.resolve("script").toString(), filling(directory));
      try (FileOutputStream busy = new FileOutputStream(directory.resolve("busy").toFile(), true)) {
        refuse("busy", directory.resolve("busy").toString());
        busy.flush();
      }
      become(
          "/bin/sh",
          "-c",
          "echo become $LISTEN_FDNAMES $LISTEN_FDS; test $$ = $LISTEN_PID && exec ls -l"
              + " /proc/self/fd");
    }

    /** Arguments that a check which forgets what the kernel adds for a script lets pass. */
    private static String[] filling(Path directory) throws IOException {
      long room = 0;
      for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
        if (line.startsWith("Max stack size")) {
          String soft = line.substring(14).strip().split(" +", 2)[0];
          room = soft.equals("unlimited") ? 6 << 20 : Math.min(6 << 20, Long.parseLong(soft) / 4);
        }
      }
      String script = directory.resolve("script").toString();
      String[] fixed = {
        "LISTEN_PID=" + ProcessHandle.current().pid(),
        "LISTEN_FDS=3",
        "LISTEN_FDNAMES=holdfast-one:holdfast-two:holdfast-three",
        "PATH=/usr/bin:/bin"
      };
      long used = 2L * (script.length() + 1) + Long.BYTES;
      for (String each : fixed) {
        used += each.length() + 1 + Long.BYTES;
      }
      List<String> arguments = new ArrayList<>();
      long left = room - used;
      while (left > 0) {
        long next = Math.min(left, 100_000);
        long after = left - next;
        if (after > 0 && after < 100) {
          next -= 200;
        }
        arguments.add("x".repeat((int) (next - 1 - Long.BYTES)));
        left -= next;
      }
      return arguments.toArray(String[]::new);
    }

    private void refuse(String kind, String program, String... arguments) {
      Map<Integer, String> before = descriptors();
      try {
        become(program, arguments);
      } catch (HoldfastException e) {
        System.out.println(kind + ": " + e.getClass().getSimpleName() + ": " + e.problem());
      }
      Map<Integer, String> after = descriptors();
      after.keySet().retainAll(before.keySet());
      System.out.println(
          kind + (before.equals(after) ? ": as it was" : ": " + after + " not " + before));
      // Nobody has loaded this class of the JDK's yet, nor this file.
      System.out.println(kind + ": " + new TinyElf().bytes().length);
    }

    private void become(String program, String... arguments) {
      List<String> command = new ArrayList<>(List.of(program));
      command.addAll(List.of(arguments));
      Handover.exec(kernel, command, Map.of("PATH", "/usr/bin:/bin"), announced);
    }

    /** What is open now, with its flags; but for what is closed after a look at it. */
    private Map<Integer, String> descriptors() {
      Map<Integer, String> open = new TreeMap<>();
      List<String> numbers = new ArrayList<>();
      kernel.listFolder("/proc/self/fd", numbers);
      for (String number : numbers) {
        List<String> target = new ArrayList<>();
        int fd = Integer.parseInt(number);
        if (kernel.readLink("/proc/self/fd/" + number, target) > 0) {
          String flags = fd < 60 ? "" + kernel.fcntl(fd, FcntlUapi.F_GETFD, 0) : "";
          open.put(fd, target.getFirst() + " " + flags);
        }
      }
      return open;
    }
  }

  private void write(String name, byte[] content, String mode) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private void prepare() throws IOException {
    byte[] elf = Files.readAllBytes(Path.of("/bin/true").toRealPath());
    write("no-shebang", "echo no\n".getBytes(StandardCharsets.UTF_8), "rwx------");
    write("no-interpreter", "#!/no/interpreter\n".getBytes(StandardCharsets.UTF_8), "rwx------");
    write("truncated", Arrays.copyOf(elf, elf.length / 3), "rwx------");
    write("not-executable", elf, "rw-------");
    write("script", "#!/bin/sh\nexit 0\n".getBytes(StandardCharsets.UTF_8), "rwx------");
    write("busy", elf, "rwx------");
    byte[] narrow = new TinyElf().bytes();
    narrow[4] = 1;
    narrow[18] = 3; // EM_386
    write("elf-of-32-bits", narrow, "rwx------");
  }

  /** What the child says; with at most so many open files. */
  private String run(int openFiles) throws Exception {
    prepare();
    List<String> command =
        new ArrayList<>(List.of("bash", "-c", "ulimit -n " + openFiles + "; exec \"$@\"", "bash"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), Hostage.class.getName()));
    command.add(directory.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void refusedProgramsLeaveTheProcessAsItWasAndTheLastGetsWhatIsAnnounced(int openFiles)
      throws Exception {
    String said = run(openFiles);
    for (String kind :
        List.of(
            "no-shebang",
            "no-interpreter",
            "truncated",
            "not-executable",
            "too-many",
            "too-large")) {
      assertThat(said)
          .contains(kind + ": SessionException: ", kind + ": as it was\n", kind + ": 132\n");
    }
    for (String kind : List.of("elf-of-32-bits", "just-too-many", "busy")) {
      assertThat(said)
          .contains(kind + ": KernelException: ", kind + ": as it was\n", kind + ": 132\n");
    }
    String became = said.substring(said.indexOf("become "));
    assertThat(became).startsWith("become holdfast-one:holdfast-two:holdfast-three 3\n");
    // The last one is the directory that ls looks at.
    assertThat(
            became
                .lines()
                .filter(line -> line.contains(" -> "))
                .map(line -> line.replaceFirst(".* ([0-9]+ -> )", "$1"))
                .filter(line -> !line.matches("[012] -> .*|.* -> /proc/.*")))
        .as(became)
        .containsExactly(
            "3 -> /memfd:holdfast-one (deleted)",
            "4 -> /memfd:holdfast-two (deleted)",
            "5 -> /memfd:holdfast-three (deleted)");
  }
}
