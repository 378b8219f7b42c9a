package io.holdfast.clitest;

import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A simulated machine and a state directory with something of every kind in it, for trials. A
 * session was preserved and then lost by a cold boot: its manifest and journal are whole.
 */
record Stage(Path directory) {
  /** The session whose manifest is in the state directory. */
  static final String SESSION = "nic0";

  static Stage set(Path directory) throws IOException {
    Stage stage = new Stage(directory);
    try (SimulatedHost host = SimulatedHost.open(stage.machine())) {
      LiveSession session = LiveSession.openOrRestore(host, SESSION, stage.state());
      Ioas rings = session.ioas("rings");
      session.bind(SimulatedMachine.EDU_ADDRESS, rings);
      rings.buffer("tx-ring", 64 << 10);
      rings.buffer("log", 4096);
      session.preserve();
      host.coldBoot();
    }
    Files.writeString(stage.file("text"), "not a manifest\n".repeat(100));
    Files.createFile(stage.file("empty"));
    Files.createDirectory(stage.file("void"));
    SessionState session = stage.session();
    Files.write(
        stage.other(),
        Manifest.encode(
            session
                .withSealedAt(session.sealedAt().orElseThrow().plusSeconds(1))
                .withContents(session.files(), session.ioases(), List.of())));
    return stage;
  }

  Path machine() {
    return directory.resolve("machine");
  }

  String host() {
    return "sim:" + machine();
  }

  Path state() {
    return directory.resolve("state");
  }

  Path manifest() {
    return state().resolve(SESSION).resolve("manifest");
  }

  /** A later manifest of the session, in which it has no device. */
  Path other() {
    return file("other");
  }

  /** What the manifest says. */
  SessionState session() throws IOException {
    return Manifest.decode(Files.readAllBytes(manifest()));
  }

  /** Another file in the directory. */
  Path file(String name) {
    return directory.resolve(name);
  }
}
