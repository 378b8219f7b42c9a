package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.linux.SmallFiles;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.RestoreException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.VfTokens;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A virtual function that is opened with the token that its physical one was opened with. */
class VfTokensTest {
  private static final PciAddress PHYSICAL = SimulatedMachine.EDU_ADDRESS;
  private static final PciAddress VIRTUAL = PciAddress.parse("0000:00:04.1");
  private static final UUID TOKEN = UUID.fromString("a5b0c1d2-e3f4-4506-9718-293a4b5c6d7e");

  @TempDir Path directory;
  private SimulatedHost host;

  @BeforeEach
  void boot() {
    host =
        SimulatedHost.open(
            directory.resolve("machine"),
            SimulatedMachine.standard().withVirtualFunction(VIRTUAL, EduDevice.class, PHYSICAL));
  }

  @AfterEach
  void switchOff() {
    host.close();
  }

  private LiveSession open(String name, SessionOptions options) {
    return LiveSession.openOrRestore(host, name, directory.resolve("state"), options);
  }

  private static SessionOptions with(PciAddress address, UUID token) {
    return SessionOptions.defaults().withVfToken(address, token);
  }

  /** Opens the physical function, which sets its token, and closes it. */
  private void setToken() {
    try (LiveSession physical = open("physical", with(PHYSICAL, TOKEN))) {
      physical.bind(PHYSICAL, physical.ioas("pf"));
    }
  }

  @Test
  void withoutItTheFunctionIsRefused() {
    setToken();
    for (SessionOptions options :
        List.of(SessionOptions.defaults(), with(VIRTUAL, new UUID(1, 2)), with(PHYSICAL, TOKEN))) {
      try (LiveSession session = open("vf", options)) {
        assertThatThrownBy(() -> session.bind(VIRTUAL, session.ioas("rings")))
            .isInstanceOfSatisfying(
                KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EACCES))
            .hasMessageContaining("VF token")
            .hasMessageContaining("withVfToken");
        assertThat(session.devices()).isEmpty();
      }
    }
  }

  @Test
  void aRestoreNeedsItAgain() {
    setToken();
    LiveSession first = open("vf", with(VIRTUAL, TOKEN));
    first.bind(VIRTUAL, first.ioas("rings"));
    first.ioas("rings").buffer("ring", 4096);
    first.preserve();
    host.kexec();
    setToken(); // The next kernel knows it no more.
    assertThatThrownBy(() -> open("vf", SessionOptions.defaults()))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("device " + VIRTUAL)
        .hasMessageContaining("no VF token is given")
        .hasMessageContaining("withVfToken")
        .hasMessageContaining("nothing is lost");
    assertThatThrownBy(() -> open("vf", with(VIRTUAL, new UUID(1, 2))))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("its VF token is another");
    try (LiveSession again = open("vf", with(VIRTUAL, TOKEN))) {
      assertThat(again.isRestored()).isTrue();
      again.device(VIRTUAL).orElseThrow().close();
      again.bind(VIRTUAL, again.ioas("rings")); // The session knows it still.
    }
  }

  @Test
  void itIsNowhereOnTheDiskAndInNoText() throws IOException {
    setToken();
    try (LiveSession session = open("vf", with(VIRTUAL, TOKEN))) {
      session.bind(VIRTUAL, session.ioas("rings"));
      session.ioas("rings").buffer("ring", 4096);
      session.preserve();
      byte[] raw =
          ByteBuffer.allocate(16)
              .putLong(TOKEN.getMostSignificantBits())
              .putLong(TOKEN.getLeastSignificantBits())
              .array();
      String bytes = new String(raw, StandardCharsets.ISO_8859_1);
      try (Stream<Path> files = Files.walk(directory)) {
        List<Path> all = files.filter(Files::isRegularFile).toList();
        assertThat(all).isNotEmpty();
        for (Path file : all) {
          String content = Files.readString(file, StandardCharsets.ISO_8859_1);
          assertThat(content.contains(bytes)).as("%s", file).isFalse();
          assertThat(content).as("%s", file).doesNotContain(TOKEN.toString());
        }
      }
    }
    String text = with(VIRTUAL, TOKEN).toString();
    assertThat(text).contains(VIRTUAL.toString()).doesNotContain(TOKEN.toString());
  }

  @Test
  void aDeviceThatTakesNoneSaysSo() {
    SimulatedMachine plain = SimulatedMachine.standard();
    try (SimulatedHost other = SimulatedHost.open(directory.resolve("plain"), plain);
        LiveSession session =
            LiveSession.openOrRestore(
                other, "nic0", directory.resolve("plain-state"), with(PHYSICAL, TOKEN))) {
      assertThatThrownBy(() -> session.bind(PHYSICAL, session.ioas("rings")))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("with a VF token")
          .hasMessageContaining("leave it out for others");
    }
    assertThat(VfTokens.none().with(VIRTUAL, TOKEN)).isEqualTo(with(VIRTUAL, TOKEN).vfTokens());
  }

  @Test
  void anotherDriverOfThePhysicalFunctionForgetsIt() {
    setToken();
    for (String file :
        new String[] {"/sys/bus/pci/drivers/vfio-pci/unbind", "/sys/bus/pci/drivers_probe"}) {
      SmallFiles.write(host.syscalls(), file, PHYSICAL.toString());
    }
    try (LiveSession session = open("vf", with(VIRTUAL, TOKEN))) {
      assertThatThrownBy(() -> session.bind(VIRTUAL, session.ioas("rings")))
          .isInstanceOfSatisfying(
              KernelException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EACCES));
    }
  }
}
