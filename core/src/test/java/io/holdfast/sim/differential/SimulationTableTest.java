package io.holdfast.sim.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sim.SimulatedKernelUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The table of what is not simulated, in {@code docs/simulation.md}, is true. */
class SimulationTableTest {
  private static final Pattern ROW = Pattern.compile("\\| `(.+?)` \\| (E\\w+) \\|.*");

  private static final List<Step> BEFORE =
      Program.parse(
              """
              f0 = open path="/dev/iommu" flags=2
              f1 = open path="cdev" flags=2
              o0 = IOMMU_IOAS_ALLOC on=f0
              VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0
              VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0
              f2 = memfd_create name="m" flags=0x12
              """)
          .steps();

  private static List<Matcher> rows() throws IOException {
    return Files.readAllLines(Path.of("..", "docs", "simulation.md")).stream()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .toList();
  }

  @Test
  void thereIsATable() throws IOException {
    assertThat(rows()).hasSizeGreaterThan(10);
  }

  @TestFactory
  Stream<DynamicTest> eachCallReturnsWhatTheTableSays() throws IOException {
    return rows().stream()
        .map(row ->
            DynamicTest.dynamicTest(
                row.group(1), () -> assertThat(answer(row.group(1))).isEqualTo(row.group(2))));
  }

  private static String answer(String call) {
    List<Step> steps = new ArrayList<>(BEFORE);
    steps.add(Step.parse(call));
    try (SimulatedKernelUnderTest kernel = new SimulatedKernelUnderTest()) {
      List<Answer> answers = new Interpreter(kernel).run(new Program(steps));
      assertThat(answers.subList(0, BEFORE.size())).allMatch(Answer::isOk);
      return answers.getLast().text();
    }
  }
}
