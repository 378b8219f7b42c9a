package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.linux.Iommufd;
import io.holdfast.linux.Memfd;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.BackingFile;
import io.holdfast.model.BackingFile.Origin;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.SessionException;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Syscalls;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappingProofTest {
  private static final long BYTES = 3 * 4096;
  private static final long IOVA = 1 << 20;

  @TempDir Path directory;

  private static LiveFile file(Syscalls calls, long token, String name) {
    return new LiveFile(
        Memfd.create(calls, name, BYTES),
        new BackingFile(token, name, BYTES, Origin.CALLER, OptionalLong.empty(), Extensions.NONE));
  }

  private static LiveMapping mapping(LiveIoas ioas, LiveFile file, ExtentList extents) {
    return new LiveMapping(
        ioas,
        file,
        new MappingState(
            "ring",
            new IovaRange(IOVA, BYTES),
            true,
            true,
            new MappingState.File(file.token(), 0),
            Policy.REQUIRED,
            extents),
        true);
  }

  @Test
  void namesTheDescriptorsOfWhatIsNotMapped() {
    try (SimulatedKernel kernel =
        SimulatedKernel.create(directory.resolve("machine"), SimulatedMachine.standard())) {
      Syscalls calls = kernel.process();
      Iommufd iommufd = Iommufd.open(calls);
      LiveObjects live = new LiveObjects(calls, iommufd, SessionStore.none(calls, "nic0"));
      LiveIoas ioas = live.newIoas("rings", IoasOptions.defaults());
      DeviceState device =
          new DeviceState(
              SimulatedMachine.EDU_ADDRESS,
              new PciSysfs(calls).identity(SimulatedMachine.EDU_ADDRESS),
              "rings",
              Policy.REQUIRED,
              OptionalLong.empty(),
              false,
              false,
              Extensions.NONE);
      LiveDevice.bind(calls, iommufd, device, Optional.empty()).attach(ioas);
      LiveFile mapped = file(calls, 1, "mapped");
      LiveFile other = file(calls, 2, "other");
      iommufd.mapFile(ioas.id, mapped.memfd, 0, BYTES, OptionalLong.of(IOVA), true, true);
      ExtentList extents = iommufd.physicalExtents(ioas.id, IOVA, BYTES);

      assertThatCode(() -> MappingProof.require(iommufd, mapping(ioas, mapped, extents), extents))
          .doesNotThrowAnyException();
      long pinned = kernel.pinnedMemoryBytes();
      assertThatThrownBy(
              () -> MappingProof.require(iommufd, mapping(ioas, other, extents), extents))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining(
              "descriptor %d (/dev/iommu) does not map descriptor %d",
              iommufd.acquire(), other.memfd.acquire())
          .hasMessageContaining("as buffer \"ring\" of IOAS \"rings\"");
      assertThat(kernel.pinnedMemoryBytes()).as("no mapping is left").isEqualTo(pinned);
    }
  }
}
