package com.example.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver on a simulated machine, over a live update. */
class CopyEngineTest {
  @TempDir Path folder;

  private CopyEngine start(SimulatedHost host) {
    return new CopyEngine(host, folder.resolve("state"), SimulatedMachine.EDU_ADDRESS);
  }

  @Test
  void afterALiveUpdateItGoesOnWhereItWas() {
    try (SimulatedHost host = SimulatedHost.open(folder.resolve("machine"))) {
      CopyEngine before = start(host);
      before.input().setString(0, "written before the kexec", UTF_8);
      before.prepareForLiveUpdate();
      host.kexec();

      try (CopyEngine after = start(host)) {
        assertTrue(after.isRestored());
        after.copy(64);
        assertEquals("written before the kexec", after.output().getString(0, UTF_8));
      }
    }
  }
}
