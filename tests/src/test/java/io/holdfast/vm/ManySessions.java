package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.DmaFile;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.cli.Main;
import io.holdfast.engine.HostProcess;
import io.holdfast.linux.Descriptor;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.model.ExtentList;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.sys.Syscalls;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * As many files and sessions as the kernel's own tests have: a session of 500 files, and 2,000
 * sessions over one kexec, some of them Holdfast's and the rest another program's.
 */
final class ManySessions {
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");

  /** The session with the device and the many files. */
  private static final String FIRST = "own-0";

  private static final int FILES = 500;
  private static final int SESSIONS = 2000;
  private static final long FILE_BYTES = 16 << 10;
  private static final Path ADDRESSES = Guest.STATE.resolve("many.addresses");

  /** How many of the sessions are Holdfast's, each with a file; one has {@link #FILES}. */
  private final int own;

  private final Host host;

  /** Held until the kernel is replaced, or closed. */
  private final List<LiveSession> sessions = new ArrayList<>();

  private ManySessions(Host host, int own) {
    this.host = host;
    this.own = own;
  }

  static void run(String stage, int own) throws Exception {
    try (Host host = Host.local()) {
      ManySessions many = new ManySessions(host, own);
      if (stage.equals("before")) {
        many.before();
      } else {
        many.after();
      }
    }
  }

  /** One of Holdfast's further sessions. */
  private static String name(int session) {
    return "own-" + session;
  }

  private LiveSession open(String name) {
    LiveSession session = LiveSession.openOrRestore(host, name, Guest.SESSIONS);
    sessions.add(session);
    return session;
  }

  private LiveSession restored(String name) {
    LiveSession session = open(name);
    require(session.isRestored(), "started fresh: %s", session.report().reason());
    return session;
  }

  /** A file that nothing is mapped of, since memory is pinned for a device. */
  private void file(LiveSession session) {
    session.file("file", () -> Guest.memfd(host, "file", FILE_BYTES));
  }

  /** Many buffers, of a file each. */
  private List<DmaBuffer> buffers(LiveSession session) {
    Ioas ioas = session.ioas("rings");
    session.bind(DEVICE, ioas);
    List<DmaBuffer> buffers = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      String name = "file-" + i;
      DmaFile file = session.file(name, () -> Guest.memfd(host, name, FILE_BYTES));
      buffers.add(ioas.map(name, file, 0, FILE_BYTES, MapOptions.defaults()));
    }
    return buffers;
  }

  /** What has to be the same after the kexec: every extent, and a word that only its buffer has. */
  private static List<String> look(List<DmaBuffer> buffers, boolean write) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < buffers.size(); i++) {
      DmaBuffer buffer = buffers.get(i);
      if (write) {
        buffer.segment().set(ValueLayout.JAVA_INT, FILE_BYTES - 4, i + 1);
      }
      StringBuilder line = new StringBuilder(buffer.name());
      ExtentList extents = buffer.extents();
      for (int e = 0; e < extents.size(); e++) {
        line.append(" 0x").append(Long.toHexString(extents.physicalAddress(e))).append('+');
        line.append(extents.lengthBytes(e));
      }
      lines.add(line + " " + buffer.segment().get(ValueLayout.JAVA_INT, FILE_BYTES - 4));
    }
    return lines;
  }

  private void before() throws Exception {
    List<String> addresses = new ArrayList<>();
    check(
        "many.files",
        () -> {
          LiveSession session = open(FIRST);
          addresses.addAll(look(buffers(session), true));
          session.preserve();
          return FILES + " files preserved";
        });
    check(
        "many.sessions",
        () -> {
          for (int i = 1; i < own; i++) {
            LiveSession session = open(name(i));
            file(session);
            session.preserve();
          }
          return own - 1 + " sessions of a file each preserved";
        });
    List<LuoSession> others = new ArrayList<>();
    check(
        "many.others",
        () -> {
          others.addAll(others());
          return others.size() + " sessions of another program";
        });
    check("many.listed", this::listed);
    Files.write(ADDRESSES, addresses);
    Guest.kexec();
  }

  /** The tool sees all of them, whoever has them open. */
  private String listed() {
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int code = Main.run(out, out, "sessions", "--json", "--state", Guest.SESSIONS.toString());
    out.flush();
    long listed =
        Pattern.compile("\"(own|other)-\\d+\"")
            .matcher(said.toString())
            .results()
            .map(MatchResult::group)
            .distinct()
            .count();
    require(code == 0 && listed == SESSIONS, "exit code %d, %d sessions", code, listed);
    return listed + " sessions";
  }

  /** Sessions of which Holdfast knows nothing, with a file each. */
  private List<LuoSession> others() {
    Syscalls syscalls = HostProcess.of(host).syscalls();
    return all((liveUpdate, name) -> {
      LuoSession session = liveUpdate.create(name);
      try (Descriptor file =
          new Descriptor(syscalls, Guest.memfd(host, name, 4096), "memfd " + name)) {
        session.preserve(file, 1);
      }
      return session;
    });
  }

  private interface Step {
    LuoSession with(LiveUpdate liveUpdate, String name);
  }

  private List<LuoSession> all(Step step) {
    List<LuoSession> sessions = new ArrayList<>();
    try (LiveUpdate liveUpdate = LiveUpdate.open(HostProcess.of(host).syscalls())) {
      for (int i = own; i < SESSIONS; i++) {
        sessions.add(step.with(liveUpdate, "other-" + i));
      }
    }
    return sessions;
  }

  private void after() throws IOException {
    List<String> addresses = new ArrayList<>();
    check(
        "many.files-restored",
        () -> {
          addresses.addAll(look(buffers(restored(FIRST)), false));
          return FILES + " files";
        });
    check(
        "many.sessions-restored",
        () -> {
          for (int i = 1; i < own; i++) {
            file(restored(name(i)));
          }
          return own - 1 + " sessions";
        });
    check(
        "many.same-addresses",
        () -> {
          List<String> before = Files.readAllLines(ADDRESSES);
          require(before.size() == FILES, "%d buffers before", before.size());
          require(addresses.equals(before), "other addresses or other bytes");
          return addresses.size() + " buffers";
        });
    check(
        "many.others-left-alone",
        () -> {
          List<LuoSession> others =
              all((liveUpdate, name) ->
                  liveUpdate
                      .retrieve(name)
                      .orElseThrow(() -> new AssertionError(name + " is gone")));
          others.forEach(LuoSession::finish);
          return others.size() + " sessions of another program";
        });
    sessions.forEach(LiveSession::close);
  }
}
