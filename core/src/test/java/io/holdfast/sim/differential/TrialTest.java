package io.holdfast.sim.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sim.SimulatedKernelUnderTest;
import io.holdfast.sim.SimulatedMachine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrialTest {
  private static final int MACHINES = 12;

  /** Two files, one after the other: by chance they lie in the same frame. */
  private static final Program ONE_PAGE_AFTER_ANOTHER =
      withAFile(
          """
          ftruncate on=f2 length=0x40000 -> 0
          IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x40000 iova=0x100000 -> 0
          pages on=f0 ioas_id=o0 iova=0x100000 count=64 -> 0
          IOMMU_IOAS_UNMAP on=f0 ioas_id=o0 iova=0x100000 length=0x40000 -> 0
          close on=f2 -> 0
          f2 = memfd_create name="m" flags=2 -> 0
          ftruncate on=f2 length=0x1000 -> 0
          IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x1000 iova=0x200000 -> 0
          pages on=f0 ioas_id=o0 iova=0x200000 count=1 -> 0
          """);

  private static final Program ONE_FILE_TWICE =
      withAFile(
          """
          ftruncate on=f2 length=0x1000 -> 0
          IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x1000 iova=0x100000 -> 0
          pages on=f0 ioas_id=o0 iova=0x100000 count=1 -> 0
          IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x1000 iova=0x200000 -> 0
          pages on=f0 ioas_id=o0 iova=0x200000 count=1 -> 0
          """);

  /** A program on a file f2 and an IOAS o0 of the iommufd f0 that a device is attached to. */
  private static Program withAFile(String steps) {
    String attached =
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
        f2 = memfd_create name="m" flags=2 -> 0
        """;
    return Corpus.Entry.parse((attached + steps).lines().toList()).program();
  }

  /** So small that a freed frame is soon given out again. */
  private static SimulatedMachine machine(int seed) {
    return SimulatedMachine.standard().withMemoryBytes(4 << 20).withSeed(seed);
  }

  @Test
  void aFrameThatIsGivenOutTwiceByChanceIsNoDifference() {
    int byChance = 0;
    for (int seed = 1; seed <= MACHINES; seed++) {
      SimulatedKernelUnderTest real = new SimulatedKernelUnderTest(machine(1000 + seed));
      Trial trial = new Trial(real, new HashMap<>(), machine(seed));
      List<Answer> answers = trial.real(ONE_PAGE_AFTER_ANOTHER);
      try (SimulatedKernelUnderTest first = new SimulatedKernelUnderTest(machine(seed))) {
        List<Answer> simulated = new Interpreter(first).run(ONE_PAGE_AFTER_ANOTHER);
        if (Comparison.firstDifference(ONE_PAGE_AFTER_ANOTHER, answers, simulated).isPresent()) {
          byChance++;
        }
      }
      assertThat(trial.compare(ONE_PAGE_AFTER_ANOTHER, answers)).isEmpty();
      trial.close();
      real.close();
    }
    assertThat(byChance).isPositive();
  }

  @Test
  void aFrameThatDiffersOnEveryMachineIsADifference() {
    try (SimulatedKernelUnderTest real = new SimulatedKernelUnderTest(machine(1000))) {
      Trial trial = new Trial(real, new HashMap<>(), machine(1));
      List<Answer> answers = new ArrayList<>(trial.real(ONE_FILE_TWICE));
      answers.set(answers.size() - 1, Answer.parse("0 0 | frames 1"));

      assertThat(trial.compare(ONE_FILE_TWICE, answers)).isPresent();
      trial.close();
    }
  }
}
