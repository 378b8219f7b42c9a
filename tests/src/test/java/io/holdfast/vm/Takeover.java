package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.refused;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.DmaFile;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.Restore;
import io.holdfast.engine.HostProcess;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionOptions;
import io.holdfast.sys.Syscalls;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Handing over, on the real kernel, against everybody's will: programs that cannot be executed,
 * descriptors that are not what they are called, and two sessions that go to one driver in turn.
 *
 * <p>One process does all of it: it executes itself again after each refusal, with a session that
 * was restored from the kernel once more.
 */
final class Takeover {
  private static final Sample FIRST = new Sample("first", PciAddress.parse("0000:00:04.0"));
  private static final Sample SECOND = new Sample("second", PciAddress.parse("0000:00:05.0"));
  private static final PciAddress ALSO_OF_FIRST = PciAddress.parse("0000:00:08.0");
  private static final long FILE_BYTES = 64 << 10;

  private final Host host;
  private final Notes notes;
  private final List<String> self;

  private Takeover(Host host, Notes notes) {
    this.host = host;
    this.notes = notes;
    this.self = commandLine();
  }

  /** The arguments say which part. */
  static void run(List<String> arguments) throws Exception {
    try (Host host = Host.local()) {
      Takeover takeover = new Takeover(host, Notes.read(Guest.STATE.resolve("notes")));
      switch (arguments.getFirst()) {
        case "before" -> takeover.before();
        case "refused" -> takeover.refusedPrograms();
        case "swapped" -> takeover.swapped(arguments.subList(1, arguments.size()));
        default -> takeover.both();
      }
    }
  }

  /** How this process was started, up to the words that say which part of the job it does. */
  private static List<String> commandLine() {
    ProcessHandle.Info info = ProcessHandle.current().info();
    List<String> words = new ArrayList<>(List.of(info.command().orElseThrow()));
    List<String> arguments = List.of(info.arguments().orElseThrow());
    words.addAll(arguments.subList(0, arguments.indexOf(GuestMain.class.getName()) + 1));
    words.add("takeover");
    return words;
  }

  private List<String> itself(String... part) {
    List<String> command = new ArrayList<>(self);
    command.addAll(List.of(part));
    return command;
  }

  // ---- before the kexec ----

  private void before() throws Exception {
    List<LiveSession> held = new ArrayList<>();
    try {
      for (Sample sample : List.of(FIRST, SECOND)) {
        LiveSession session = sample.open(host);
        held.add(session);
        if (sample.equals(FIRST)) {
          session.bind(ALSO_OF_FIRST, session.ioas("rings"));
          for (String name : List.of("a", "b")) {
            DmaBuffer buffer = file(session, name);
            Content.fill(buffer, name.hashCode());
            notes.put(name, Content.checksum(buffer));
          }
        }
        sample.preserve(session, notes);
      }
      notes.write();
      Guest.kexec();
    } finally {
      held.forEach(LiveSession::close);
    }
  }

  private DmaBuffer file(LiveSession session, String name) {
    Ioas rings = session.ioas("rings");
    DmaFile file = session.file(name, () -> Guest.memfd(host, name, FILE_BYTES));
    return rings.map(name, file, 0, FILE_BYTES, MapOptions.defaults());
  }

  // ---- programs that cannot be executed ----

  private Restore taken() {
    Restore restore = Restore.take(host, FIRST.name(), Guest.SESSIONS, SessionOptions.defaults());
    restore.restore();
    return restore;
  }

  private void refusedPrograms() throws Exception {
    Path programs = Files.createTempDirectory("programs");
    byte[] elf = Files.readAllBytes(Path.of("/bin/true").toRealPath());
    byte[] narrow = elf.clone();
    narrow[4] = 1; // 32 bits
    narrow[18] = 3; // EM_386
    program(programs, "no-shebang", "echo no\n".getBytes(StandardCharsets.UTF_8));
    program(programs, "no-interpreter", "#!/no/such\n".getBytes(StandardCharsets.UTF_8));
    program(programs, "truncated", Arrays.copyOf(elf, elf.length / 3));
    program(programs, "of-32-bits", narrow);
    program(programs, "busy", elf);
    Restore restore = taken();
    String before = Descriptors.of(host);
    for (String name : List.of("no-shebang", "no-interpreter", "truncated", "of-32-bits")) {
      refused("takeover.program." + name, () -> handOver(restore, programs.resolve(name)), name);
    }
    try (OutputStream writer =
        Files.newOutputStream(programs.resolve("busy"), StandardOpenOption.APPEND)) {
      refused(
          "takeover.program.busy", () -> handOver(restore, programs.resolve("busy")), "ETXTBSY");
      writer.flush();
    }
    String[] many = Collections.nCopies(300_000, "an argument").toArray(String[]::new);
    refused("takeover.program.too-many", () -> handOver(restore, Path.of("/bin/true"), many));
    check(
        "takeover.program.as-it-was",
        () -> {
          String after = Descriptors.of(host);
          require(after.equals(before), "open is %s, not %s", after, before);
          return "with " + before.lines().count() + " descriptors";
        });
    restore.handOver(withSwaps(Arrays.stream(Swap.values()).map(Swap::name).toList()));
  }

  private static void program(Path directory, String name, byte[] content) throws Exception {
    Path file = Files.write(directory.resolve(name), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private static String handOver(Restore restore, Path program, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    restore.handOver(command);
    return "executed";
  }

  // ---- descriptors that are not what they are called ----

  private List<String> withSwaps(List<String> names) {
    List<String> command = itself("swapped");
    command.addAll(names);
    return command;
  }

  private void swapped(List<String> names) {
    Syscalls kernel = HostProcess.of(host).syscalls();
    Swap swap = Swap.valueOf(names.getFirst());
    Map<String, Integer> announced = Descriptors.announced();
    swap.apply(kernel, announced);
    refused("takeover.swapped." + swap.test(), () -> open(FIRST), swap.words());
    if (swap.isRefusedBeforeAnythingIsTaken()) {
      swap.apply(kernel, announced); // The other way round.
    }
    Restore restore = taken();
    if (names.size() > 1) {
      restore.handOver(withSwaps(names.subList(1, names.size())));
    }
    // The tool gets the first session, takes the second, and hands over both.
    List<String> tool = new ArrayList<>(self.subList(0, self.size() - 2));
    tool.addAll(List.of("io.holdfast.cli.Main", "restore", "--session", SECOND.name()));
    tool.addAll(List.of("--state", Guest.SESSIONS.toString(), "--exec", "--"));
    tool.addAll(itself("both"));
    restore.handOver(tool);
  }

  private String open(Sample sample) {
    try (LiveSession session = sample.open(host)) {
      return session.report().reason();
    }
  }

  // ---- two sessions in turn ----

  private void both() {
    try (LiveSession second = SECOND.open(host);
        LiveSession first = FIRST.open(host)) {
      check("takeover.both.second", () -> SECOND.compare(second, notes));
      check("takeover.both.first", () -> FIRST.compare(first, notes));
      check(
          "takeover.both.files",
          () -> {
            for (String name : List.of("a", "b")) {
              String checksum = Content.checksum(file(first, name));
              require(checksum.equals(notes.get(name)), "%s differs: %s", name, checksum);
            }
            return "a and b";
          });
      check("takeover.both.nothing-passed-on", () -> Descriptors.requireNoneToPassOn(host));
      check(
          "takeover.both.records-again",
          () -> {
            for (LiveSession session : List.of(first, second)) {
              session.preserve();
              session.cancelPreserve();
            }
            return "generation " + first.state().generation();
          });
    }
  }
}
