package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.Main;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.store.Holder;
import io.holdfast.store.HolderOptions;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What every verb prints with {@code --json}, and every failure, is as the shipped schema says. */
final class OutputSchemaTest {
  @TempDir private Path directory;
  private final Set<String> seen = new TreeSet<>();

  private static String output(Function<String, Host> hosts, String... line) {
    StringWriter out = new StringWriter();
    Main.run(hosts, new PrintWriter(out), new PrintWriter(new StringWriter()), line);
    return out.toString();
  }

  private void check(String kind, Function<String, Host> hosts, String... line) {
    String json = output(hosts, line);
    assertThat(OutputSchema.check(String.join(" ", line), json)).as(json).isEqualTo(kind);
    seen.add(kind);
  }

  private void check(String kind, Stage stage, String... line) {
    List<String> all = new ArrayList<>(List.of(line));
    all.addAll(1, List.of("--json", "--state=" + stage.state()));
    check(kind, host -> SimulatedHost.open(stage.machine()), all.toArray(String[]::new));
  }

  @Test
  void everyVerbsDocument() throws Exception {
    Stage stage = Stage.set(directory);
    String manifest = stage.manifest().toString();
    check("doctor", stage, "doctor");
    check("kernelConfig", stage, "doctor", "--kernel-config");
    check("inspectManifest", stage, "inspect", manifest);
    check("inspectJournal", stage, "inspect", manifest.replace("manifest", "journal"));
    check("inspectDirectory", stage, "inspect", stage.state().toString());
    check("plan", stage, "plan", "--session", Stage.SESSION);
    check("sessions", stage, "sessions");
    check("audit", stage, "audit");
    check("kexec", stage, "kexec", "--dry-run");
    check("diff", stage, "diff", manifest, stage.other().toString());
    check("export", stage, "export", manifest);
    String made = stage.file("made").toString();
    check("export", stage, "export", manifest, "--file", made);
    check("import", stage, "import", made, "--file", stage.file("back").toString());
    check("sim", stage, "sim", "show", stage.machine().toString());
    check("sim", stage, "sim", "kexec", stage.machine().toString());
    check("completion", stage, "completion", "fish");
    check("version", stage, "version");
    check("restore", restorable("restored"), "restore", "--session=nic0", "--consume");
    check("restore", restorable("verified"), "verify", "--session=nic0", "--consume");
    check("metrics", stage, "metrics");
    String html = stage.file("made.html").toString();
    check("report", stage, "report", "--html", html, manifest, stage.other().toString());
    Path fleet = Files.createDirectory(stage.file("fleet"));
    Files.writeString(
        fleet.resolve("host1.json"),
        """
        {"schema": "holdfast-fleet/1", "host": "host1", "status": "updated", "reason": "",
         "audit": %s}
        """
            .formatted(
                output(
                    host -> SimulatedHost.open(stage.machine()),
                    "audit",
                    "--json",
                    "--state=" + stage.state())));
    check("fleetReport", stage, "report", "--html", html, "--fleet", fleet.toString());
    Files.write(stage.manifest(), new byte[100]);
    check("inspectDirectory", stage, "inspect", stage.state().toString());
    demo();
    discard();
    follow();
    failures(stage);
    assertThat(seen).isEqualTo(OutputSchema.kinds());
  }

  /** A machine and a state directory in which a session waits after a kexec. */
  private Stage restorable(String name) throws IOException {
    Stage stage = new Stage(Files.createDirectory(directory.resolve(name)));
    try (SimulatedHost host = SimulatedHost.open(stage.machine())) {
      LiveSession session = LiveSession.openOrRestore(host, "nic0", stage.state());
      Ioas rings = session.ioas("rings");
      session.bind(SimulatedMachine.EDU_ADDRESS, rings);
      rings.buffer("ring", 64 << 10);
      session.preserve();
      host.kexec();
    }
    return stage;
  }

  private void demo() {
    Holdfast.Result demo = Holdfast.run("demo", "--json");
    assertThat(OutputSchema.check("demo", demo.out())).isEqualTo("demo");
    seen.add("demo");
  }

  private void discard() throws InterruptedException {
    String socket = "/run/holdfast/holder.sock";
    try (SimulatedKernel kernel =
            SimulatedKernel.create(directory.resolve("held"), SimulatedMachine.standard());
        SimulatedProcess process = kernel.process();
        Holder holder = Holder.start(process, HolderOptions.at(socket))) {
      Thread worker = Thread.ofPlatform().daemon().start(() -> holder.run(failure -> {}));
      try (SimulatedHost driver = SimulatedHost.on(kernel)) {
        LiveSession session =
            LiveSession.openOrRestore(
                driver,
                "nic0",
                directory.resolve("held-state"),
                SessionOptions.defaults().withStore(StoreOptions.automatic().withHolder(socket)));
        session.ioas("rings");
        session.leave();
      }
      check(
          "discard",
          host -> SimulatedHost.on(kernel),
          "discard",
          "--json",
          "--yes",
          "--session=nic0",
          "--socket=" + socket);
      holder.stop();
      worker.join();
    }
  }

  /** A writer's records, a line each, until nobody reads on. */
  private void follow() throws IOException, InterruptedException {
    Path state = directory.resolve("followed");
    Process tool;
    try (SimulatedHost host = SimulatedHost.open(directory.resolve("followed-machine"));
        LiveSession session = LiveSession.openOrRestore(host, "nic0", state)) {
      tool =
          Holdfast.start(
              List.of(), "inspect", "--json", "--follow", state.resolve("nic0").toString());
      try (var lines = tool.inputReader()) {
        checkLine(lines.readLine());
        Ioas rings = session.ioas("rings");
        session.bind(SimulatedMachine.EDU_ADDRESS, rings);
        rings.buffer("ring", 4096).close();
        for (int i = 0; i < 4; i++) {
          checkLine(lines.readLine());
        }
      } finally {
        tool.destroyForcibly().waitFor();
      }
    }
  }

  private void checkLine(String line) {
    assertThat(OutputSchema.check("inspect --follow", line)).isEqualTo("follow");
    seen.add("follow");
  }

  private void failures(Stage stage) {
    for (String[] line :
        new String[][] {
          {"explode"},
          {"plan"},
          {"inspect", stage.file("absent").toString()},
          {"inspect", stage.file("text").toString()},
          {"plan", "--session", "absent"},
          {"restore", "--session", "absent", "--consume"},
          {"restore", "--session", "nic0"},
          {"verify", "--session=nic0", "--exec", "/no/program"},
          {"export", stage.file("back").toString(), "--file", "/proc/none/made"}
        }) {
      check("failure", stage, line);
    }
    check("failure", host -> SimulatedHost.open(stage.machine()), "--json");
    check(
        "failure",
        host -> {
          throw new IllegalStateException("a fault");
        },
        "doctor",
        "--json");
  }

  @Test
  void exitCodesAreThoseOfTheTable() {
    JsonNode error = OutputSchema.shipped().get("$defs").get("error").get("properties");
    List<String> codes = new ArrayList<>();
    error.get("exitCode").get("enum").forEach(code -> codes.add(code.asString()));
    List<String> names = new ArrayList<>();
    error.get("exit").get("enum").forEach(name -> names.add(name.asString()));
    List<ExitCode> failures =
        Arrays.stream(ExitCode.values()).filter(code -> code != ExitCode.OK).toList();
    assertThat(codes).isEqualTo(failures.stream().map(code -> "" + code.code()).toList());
    assertThat(names).isEqualTo(failures.stream().map(ExitCode::id).toList());
  }

  @Test
  void whatTheSchemaDoesNotHaveIsFound() throws IOException {
    Stage stage = Stage.set(directory);
    String good = output(host -> SimulatedHost.open(stage.machine()), "version", "--json");
    OutputSchema.check("as it is", good);
    for (String wrong :
        List.of(
            good.replace("\"java\"", "\"jvm\""),
            good.replace("\"journal\" : 3", "\"journal\" : \"3\""),
            good.replace("\"verb\" : \"version\"", "\"verb\" : \"doctor\""),
            good.replaceFirst("\"version\" :", "\"more\" : 1, \"version\" :"),
            good.replace("holdfast-output/1\",\n  \"verb", "holdfast-output/2\",\n  \"verb"))) {
      assertThat(wrong).isNotEqualTo(good);
      assertThatThrownBy(() -> OutputSchema.check("wrong", wrong))
          .as(wrong)
          .isInstanceOf(AssertionError.class);
    }
  }
}
