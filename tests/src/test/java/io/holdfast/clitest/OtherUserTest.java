package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.holdfast.LiveSession;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.session.UntrustedFileException;
import io.holdfast.store.DescriptorStore;
import io.holdfast.store.DescriptorStores;
import io.holdfast.store.HeldSession;
import io.holdfast.store.HeldSessions;
import io.holdfast.store.StoreException;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.MemfdUapi;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Processes of two users, root and nobody, each with files and a holder of its own: neither reads,
 * uses or changes what is the other's. What root sees of files that it gave away itself is in
 * {@link AnotherUserTest}.
 */
@Timeout(600)
final class OtherUserTest {
  private static final int NOBODY = 65534;
  private static final String SESSION = "--session=" + Stage.SESSION;

  private static Path base;
  private static EverybodysCopy copy;

  private final Syscalls kernel = NativeSyscalls.open();
  private Path roots;
  private Path nobodys;
  private Stage stage;
  private Process holder;

  @BeforeAll
  static void copyTheTool() throws IOException {
    assumeThat(EverybodysCopy.whyNot()).as("why no process of another user is tried").isEmpty();
    base = Files.createTempDirectory("holdfast-other-user");
    mode(base, 0755);
    Path directory = Files.createDirectory(base.resolve("copy"));
    mode(directory, 0755);
    copy = new EverybodysCopy(directory);
  }

  @AfterAll
  static void removeTheCopy() throws IOException {
    if (base != null) {
      remove(base);
    }
  }

  @BeforeEach
  void set() throws IOException {
    roots = Files.createDirectory(base.resolve("roots"));
    mode(roots, 0755);
    nobodys = Files.createDirectory(base.resolve("nobodys"));
    Files.setAttribute(nobodys, "unix:uid", NOBODY);
    stage = Stage.set(roots);
  }

  @AfterEach
  void end() throws Exception {
    if (holder != null) {
      holder.destroyForcibly().waitFor();
    }
    remove(roots);
    remove(nobodys);
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private static void mode(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode);
  }

  /** Everything below a directory: what it is, whose, and what is in it. */
  private static Map<Path, String> picture(Path directory) throws IOException {
    Map<Path, String> picture = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path each : files.toList()) {
        CRC32C content = new CRC32C();
        if (Files.isRegularFile(each)) {
          content.update(Files.readAllBytes(each));
        }
        Map<String, Object> attributes =
            Files.readAttributes(each, "unix:mode,uid,gid,ino,size,lastModifiedTime");
        picture.put(each, new TreeMap<>(attributes) + " " + content.getValue());
      }
    }
    return picture;
  }

  private Path journal() {
    return stage.manifest().resolveSibling("journal");
  }

  private String ownMachine() {
    return "--host=sim:" + nobodys.resolve("machine");
  }

  /** What nobody is refused, with the reason in one line that names the file. */
  private void refused(Path named, String... line) {
    Holdfast.Result result = copy.run(NOBODY, line);
    assertThat(result.code()).as(result.toString()).isEqualTo(8);
    assertThat(result.err())
        .startsWith("holdfast: ")
        .hasLineCount(1)
        .contains(named.toString() + " may not be accessed");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void nobodyReadsNothingOfRoots() throws IOException {
    Path session = stage.manifest().getParent();
    String state = "--state=" + stage.state();
    Map<Path, String> before = picture(roots);
    refused(stage.state(), "inspect", stage.state().toString());
    refused(stage.manifest(), "inspect", stage.manifest().toString());
    refused(journal(), "inspect", journal().toString());
    refused(session, "inspect", "--follow", session.toString());
    refused(session, "inspect", SESSION, state, ownMachine());
    refused(session, "plan", SESSION, state, ownMachine());
    refused(session, "verify", "--consume", SESSION, state, ownMachine());
    refused(session, "restore", "--consume", SESSION, state, ownMachine());
    Holdfast.Result json = copy.run(NOBODY, "plan", "--json", SESSION, state, ownMachine());
    assertThat(json.code()).isEqualTo(8);
    assertThat(json.out()).contains("\"exitCode\" : 8", "may not be accessed");
    Holdfast.Result sessions = copy.run(NOBODY, "sessions", state, ownMachine());
    assertThat(sessions.code()).isZero();
    assertThat(sessions.out()).isEqualTo("No session was found.\n");
    assertThat(sessions.err()).contains(stage.state() + " may not be accessed");
    assertThat(picture(roots)).isEqualTo(before);
  }

  @Test
  void nobodyReadsNoFileInADirectoryThatIsOpen() throws IOException {
    mode(stage.state(), 0755);
    mode(stage.manifest().getParent(), 0755);
    Map<Path, String> before = picture(roots);
    refused(stage.manifest(), "inspect", stage.manifest().toString());
    refused(journal(), "inspect", journal().toString());
    String state = "--state=" + stage.state();
    Holdfast.Result sessions = copy.run(NOBODY, "sessions", state, ownMachine());
    assertThat(sessions.err())
        .contains("of session \"nic0\" not all is known: " + journal())
        .contains("of session \"nic0\" not all is known: " + stage.manifest());
    // A directory that others can reach is refused, whoever asks.
    assertThat(copy.run(NOBODY, "plan", SESSION, state, ownMachine()).code()).isEqualTo(5);
    assertThat(picture(roots)).isEqualTo(before);
  }

  @Test
  void nobodyUsesNothingOfRootsMachine() throws IOException {
    Map<Path, String> before = picture(roots);
    Holdfast.Result result =
        copy.run(
            NOBODY,
            "plan",
            SESSION,
            "--state=" + nobodys.resolve("state"),
            "--host=" + stage.host());
    assertThat(result.code()).as(result.toString()).isEqualTo(8);
    assertThat(result.err()).hasLineCount(1).contains(stage.machine().toString());
    assertThat(picture(roots)).isEqualTo(before);
  }

  /** Starts a holder as a user, and waits until it listens. */
  private Path startHolder(int uid, Path directory) throws IOException {
    Path socket = directory.resolve("run/holder.sock");
    holder = copy.start(uid, "hold", "--socket=" + socket);
    try (BufferedReader said = holder.errorReader(StandardCharsets.UTF_8)) {
      assertThat(said.readLine()).contains("keeps up to").contains(socket.toString());
    }
    return socket;
  }

  private DescriptorStore store(Path socket) {
    return DescriptorStores.open(
        kernel, Stage.SESSION, new StoreOptions(Choice.HOLDER, socket.toString(), Map.of()));
  }

  private void put(DescriptorStore store) {
    int fd = kernel.memfd_create("held", MemfdUapi.MFD_CLOEXEC | MemfdUapi.MFD_EXEC);
    store.put("held", fd);
    kernel.close(fd);
  }

  private List<HeldSession> held(Path socket) {
    try (HeldSessions sessions = HeldSessions.connect(kernel, socket.toString())) {
      return sessions.list();
    }
  }

  @Test
  void nobodyTakesNothingFromRootsHolder() throws IOException {
    Path socket = startHolder(0, roots);
    try (DescriptorStore store = store(socket)) {
      put(store);
    }
    List<HeldSession> kept = List.of(new HeldSession(Stage.SESSION, 0, 1, 0));
    String[] discard = {"discard", SESSION, "--yes", "--socket=" + socket, ownMachine()};
    String[] real = {"discard", SESSION, "--yes", "--socket=" + socket};
    Holdfast.Result elsewhere = copy.run(NOBODY, discard);
    assertThat(elsewhere.code()).as("the simulated machine has no holder").isEqualTo(9);
    for (int[] modes : new int[][] {{0700, 0600}, {0755, 0600}}) {
      mode(socket.getParent(), modes[0]);
      mode(socket, modes[1]);
      Holdfast.Result refused = copy.run(NOBODY, real);
      assertThat(refused.code()).as(refused.toString()).isEqualTo(8);
      assertThat(refused.err()).hasLineCount(1).contains(socket.toString(), "EACCES");
      assertThat(copy.run(NOBODY, "hold", "--take-over", "--socket=" + socket).code()).isEqualTo(8);
    }
    // Whom the path lets through the holder turns away.
    mode(socket, 0666);
    for (String[] line : List.of(real, new String[] {"hold", "--take-over", real[3]})) {
      Holdfast.Result turnedAway = copy.run(NOBODY, line);
      assertThat(turnedAway.code()).as(turnedAway.toString()).isEqualTo(9);
      assertThat(turnedAway.err()).hasLineCount(1).contains("not for user " + NOBODY);
    }
    Holdfast.Result sessions =
        copy.run(NOBODY, "sessions", real[3], "--state=" + nobodys.resolve("state"));
    assertThat(sessions.out()).isEqualTo("No session was found.\n");
    assertThat(sessions.err()).contains("not for user " + NOBODY);
    assertThat(held(socket)).isEqualTo(kept);
    assertThat(holder.isAlive()).isTrue();
  }

  @Test
  void rootGivesNothingToNobodysHolder() throws IOException {
    Path socket = startHolder(NOBODY, nobodys);
    assertThatThrownBy(() -> store(socket))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("belongs to user " + NOBODY);
    assertThat(held(socket)).isEmpty();
    Holdfast.Result sessions =
        Holdfast.run("sessions", "--socket=" + socket, "--state=" + stage.state());
    assertThat(sessions.code()).as("root may look").isZero();
  }

  @Test
  void rootRecordsAndRestoresNothingFromNobodysFiles() throws IOException {
    Holdfast.Result demo = copy.run(NOBODY, "demo", "--keep");
    assertThat(demo.code()).as(demo.toString()).isZero();
    Matcher kept = Pattern.compile("The directory is kept: (\\S+)").matcher(demo.out());
    assertThat(kept.find()).as(demo.out()).isTrue();
    Path folder = Path.of(kept.group(1));
    try {
      refusedByRoot(folder.resolve("state"));
    } finally {
      remove(folder);
    }
  }

  private void refusedByRoot(Path state) throws IOException {
    Map<Path, String> before = picture(state);
    Path theirs = state.resolve("demo/journal");
    Holdfast.Result journal = Holdfast.run("inspect", theirs.toString());
    assertThat(journal.code()).as("root may look: " + journal).isZero();
    try (SimulatedHost host = SimulatedHost.open(roots.resolve("another"))) {
      for (String session : List.of("demo", "another")) {
        assertThatThrownBy(() -> LiveSession.openOrRestore(host, session, state))
            .isInstanceOf(UntrustedFileException.class)
            .hasMessageContaining("belongs to user " + NOBODY);
      }
    }
    assertThat(picture(state)).isEqualTo(before);
  }
}
