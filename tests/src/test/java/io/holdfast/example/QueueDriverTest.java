package io.holdfast.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver of the guide, and that the guide shows nothing else. */
class QueueDriverTest {
  private static final Path ROOT = Path.of(System.getProperty("holdfast.root"));

  @TempDir Path folder;

  @Test
  void commandsGoOnOverALiveUpdate() {
    try (SimulatedHost host = SimulatedHost.open(folder.resolve("machine"))) {
      QueueDriver before =
          new QueueDriver(host, folder.resolve("state"), SimulatedMachine.EDU_ADDRESS);
      assertThat(before.life()).isEqualTo(1);
      before.submitOne(17);
      before.submitOne(18);
      before.prepareForLiveUpdate();
      long address = before.ringAddress();
      host.kexec();

      try (QueueDriver after =
          new QueueDriver(host, folder.resolve("state"), SimulatedMachine.EDU_ADDRESS)) {
        assertThat(after.life()).isEqualTo(2);
        assertThat(after.submitted()).isEqualTo(2);
        assertThat(after.ringAddress()).isEqualTo(address);
        assertThat(after.status(2)).describedAs("the second command's number").isEqualTo(1);
        after.submitOne(19);
        assertThat(after.submitted()).isEqualTo(3);
      }
      assertThat(host.violations()).isEmpty();
    }
  }

  @Test
  void aDeviceInterruptsWithoutASession() {
    try (SimulatedHost host =
        SimulatedHost.open(
            folder.resolve("machine"), SimulatedMachine.standard().withoutVfioCdevs())) {
      assertThat(GroupDriver.interrupt(host, SimulatedMachine.EDU_ADDRESS)).isEqualTo(1);
    }
  }

  @Test
  void theGuideShowsCodeThatRuns() throws IOException {
    String source =
        squeezed(
            Files.readString(source("QueueDriver.java"))
                + Files.readString(source("GroupDriver.java")));
    List<String> blocks = javaBlocks(Files.readAllLines(ROOT.resolve("docs/driver-guide.md")));
    assertThat(blocks).hasSizeGreaterThan(4);
    for (String block : blocks) {
      assertThat(source).contains(squeezed(block));
    }
  }

  @Test
  void theReadmeShowsADriverThatRuns() throws IOException {
    Path driver = ROOT.resolve("drivers/src/main/java/io/holdfast/drivers/edu/CopyEngine.java");
    List<String> blocks = javaBlocks(Files.readAllLines(ROOT.resolve("README.md")));
    assertThat(squeezed(Files.readString(driver))).contains(squeezed(blocks.getFirst()));
  }

  private static Path source(String name) {
    return ROOT.resolve("tests/src/test/java/io/holdfast/example").resolve(name);
  }

  private static List<String> javaBlocks(List<String> lines) {
    List<String> blocks = new ArrayList<>();
    StringBuilder block = null;
    for (String line : lines) {
      if (line.equals("```java")) {
        block = new StringBuilder();
      } else if (block != null && line.equals("```")) {
        blocks.add(block.toString());
        block = null;
      } else if (block != null) {
        block.append(line).append('\n');
      }
    }
    return blocks;
  }

  /** Without what a formatter decides. */
  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }
}
