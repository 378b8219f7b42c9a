package io.holdfast.bench;

import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.SyscallsHost;
import io.holdfast.cli.Main;
import io.holdfast.disk.Disk;
import io.holdfast.engine.HostProcess;
import io.holdfast.session.MapOptions;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a large session costs, on a simulated kernel: each step of its life and each verb of the
 * tool, in microseconds a mapping, for sessions of 1,000, 10,000 and 100,000 mappings of 672 KiB,
 * of which a hundred share a memfd. A step whose cost a mapping grows with the session grows faster
 * than linearly.
 */
public final class LargeBenchmark {
  private static final int MAPPINGS_PER_FILE = 100;
  private static final long BYTES = 168 << 12;
  private static final String SESSION = "large";

  private final Path folder;
  private final int mappings;
  private final Map<String, Double> micros = new LinkedHashMap<>();

  private LargeBenchmark(Path folder, int mappings) {
    this.folder = folder;
    this.mappings = mappings;
  }

  /** Takes how many mappings the largest session has; 100,000 by default. */
  public static void main(String[] arguments) throws IOException {
    int largest = arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0]);
    List<LargeBenchmark> runs = new ArrayList<>();
    // The first warms the JVM up.
    for (int mappings : new int[] {largest / 100, largest / 100, largest / 10, largest}) {
      Path folder = Files.createTempDirectory("holdfast-large-");
      try {
        LargeBenchmark run = new LargeBenchmark(folder, mappings);
        run.run();
        runs.add(run);
      } finally {
        try (Stream<Path> files = Files.walk(folder)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    }
    print(runs.subList(1, runs.size()));
  }

  private static void print(List<LargeBenchmark> runs) {
    StringBuilder head = new StringBuilder("| µs a mapping");
    for (LargeBenchmark run : runs) {
      head.append(
          " | %,d mappings, %,d files, %.1f GiB"
              .formatted(run.mappings, run.files(), run.mappings * (double) BYTES / (1 << 30)));
    }
    System.out.println(head + " | last / first | largest, s |\n|---|---|---|---|---|---|");
    LargeBenchmark last = runs.getLast();
    last.micros.forEach((step, each) -> {
      StringBuilder row = new StringBuilder("| ").append(step);
      runs.forEach(run -> row.append(" | %.2f".formatted(run.micros.get(step))));
      row.append(" | %.2f ×".formatted(each / runs.getFirst().micros.get(step)));
      System.out.println(row.append(" | %.2f |".formatted(each * last.mappings / 1e6)));
    });
  }

  private int files() {
    return mappings / MAPPINGS_PER_FILE;
  }

  private interface Step {
    void run() throws IOException;
  }

  private void time(String step, Step what) throws IOException {
    long began = System.nanoTime();
    what.run();
    double took = (System.nanoTime() - began) / 1e3;
    micros.put(step, took / mappings);
    System.err.printf("%,d mappings: %-24s %9.3f s%n", mappings, step, took / 1e6);
  }

  private void run() throws IOException {
    Path machine = folder.resolve("machine");
    Path state = folder.resolve("state");
    long memory = Math.max(256L << 20, Math.multiplyExact(mappings, BYTES) / 7 * 8);
    try (SimulatedKernel kernel =
        SimulatedKernel.create(
            machine,
            SimulatedMachine.standard()
                .withMemoryBytes(memory / 4096 * 4096)
                .withSinglePagePercent(0))) {
      first(kernel, state);
    }
    String manifest = state.resolve(SESSION).resolve("manifest").toString();
    String journal = state.resolve(SESSION).resolve("journal").toString();
    String at = state.toString();
    verb("inspect", "inspect", manifest);
    verb("inspect --json", "inspect", manifest, "--json");
    verb("inspect, journal", "inspect", journal);
    verb("plan", "plan", "--host=sim:" + machine, "--session", SESSION, "--state", at);
    verb(
        "plan --json",
        "plan",
        "--host=sim:" + machine,
        "--session",
        SESSION,
        "--state",
        at,
        "--json");
    verb("diff", "diff", manifest, journal);
    verb("export", "export", manifest, "--file", folder.resolve("exported").toString());
    verb("report", "report", manifest, "--html", folder.resolve("page.html").toString());
    verb("sessions", "sessions", "--host=sim:" + machine, "--state", at);
    verb("metrics", "metrics", "--host=sim:" + machine, "--state", at);
    try (SimulatedKernel kernel = SimulatedKernel.open(machine)) {
      restored(kernel, state);
    }
    verb(
        "restore --consume",
        "restore",
        "--consume",
        "--host=sim:" + machine,
        "--session",
        SESSION,
        "--state",
        at);
  }

  private void first(SimulatedKernel kernel, Path state) throws IOException {
    try (Host host = new SyscallsHost(kernel.process(), Disk.local(), "a simulated host")) {
      LiveSession session = LiveSession.openOrRestore(host, SESSION, state);
      time("set up", () -> setUp(host, session));
      time("preserve", session::preserve);
      time("kexec (simulation)", () -> kernel.kexec(KexecMode.FILE));
      HostProcess.of(host).died();
    }
  }

  private void setUp(Host host, LiveSession session) {
    Ioas ioas = session.ioas("rings");
    session.bind(SimulatedMachine.EDU_ADDRESS, ioas);
    for (int i = 0; i < files(); i++) {
      String name = "file-" + i;
      var file = session.file(name, () -> memfd(host, name));
      for (int part = 0; part < MAPPINGS_PER_FILE; part++) {
        ioas.map(name + "-" + part, file, part * BYTES, BYTES, MapOptions.defaults());
      }
    }
  }

  private static int memfd(Host host, String name) {
    var kernel = HostProcess.of(host).syscalls();
    int fd = kernel.memfd_create(name, MemfdUapi.MFD_EXEC | MemfdUapi.MFD_CLOEXEC);
    if (kernel.ftruncate(fd, MAPPINGS_PER_FILE * BYTES) < 0) {
      throw new IllegalStateException("cannot make memfd " + name);
    }
    return fd;
  }

  private void restored(SimulatedKernel kernel, Path state) throws IOException {
    try (Host host = new SyscallsHost(kernel.process(), Disk.local(), "a simulated host")) {
      List<LiveSession> opened = new ArrayList<>();
      time("openOrRestore", () -> opened.add(LiveSession.openOrRestore(host, SESSION, state)));
      LiveSession session = opened.getFirst();
      if (!session.isRestored()) {
        throw new IllegalStateException(session.report().reason());
      }
      time("find every buffer", () -> setUp(host, session));
      time("preserve again", session::preserve);
      time("cancelPreserve", session::cancelPreserve);
      time("preserve warm", session::preserve);
      kernel.kexec(KexecMode.FILE);
      HostProcess.of(host).died();
    }
  }

  private void verb(String name, String... arguments) throws IOException {
    Counter said = new Counter();
    time(
        name,
        () -> {
          PrintWriter out = new PrintWriter(said, false);
          int code = Main.run(out, out, arguments);
          out.flush();
          if (code != 0 && code != 12) {
            throw new IOException(
                String.join(" ", arguments) + " ended with " + code + ": " + said.beginning);
          }
        });
    System.err.printf("  %,d characters%n", said.count);
  }

  /** Counts what is written, and keeps its beginning. */
  private static final class Counter extends Writer {
    private final StringBuilder beginning = new StringBuilder();
    private long count;

    @Override
    public void write(char[] characters, int offset, int length) {
      count += length;
      if (beginning.length() < 1000) {
        beginning.append(characters, offset, Math.min(length, 1000));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
