package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.linux.Iommufd;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.Memfd;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sys.Syscalls;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a store offers is not what was recorded: nothing is resumed, and nothing is lost. */
class ResumeLiesTest extends KeptSessionFixture {
  private static final String IOMMUFD = "kept/nic0/iommufd";
  private static final String DEVICE = "kept/nic0/device/0000.00.04.0";
  private static final String MEMORY = "kept/nic0/memory/1";
  private static final String SESSION = "kept/nic0/session";

  private long address;
  private long iova;

  @BeforeEach
  void aDriverDies() {
    SimulatedHost host = process();
    LiveSession session = session(host);
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings).enableBusMastering();
    fill(rings.buffer("ring", 3 * PAGE), 1);
    iova = rings.buffer("ring", 3 * PAGE).iova().start();
    address = rings.buffer("ring", 3 * PAGE).physicalAddress(0);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    host.kill();
  }

  /** Every kind of wrong descriptor, made by a process that lives on. */
  private Map<String, ToIntFunction<Syscalls>> wrong() {
    Map<String, ToIntFunction<Syscalls>> wrong = new LinkedHashMap<>();
    wrong.put("another iommufd", calls -> calls.open("/dev/iommu", FcntlUapi.O_RDWR, 0));
    wrong.put(
        "an open node that is not bound", calls -> calls.open(node(calls), FcntlUapi.O_RDWR, 0));
    wrong.put(
        "another memfd",
        calls -> {
          int fd = calls.memfd_create("holdfast-pool-1", MemfdUapi.MFD_EXEC);
          assertThat(calls.ftruncate(fd, 3 * PAGE)).isZero();
          return fd;
        });
    wrong.put("an eventfd", calls -> calls.eventfd(0, 0));
    wrong.put(
        "another live update session",
        calls -> {
          try (LiveUpdate liveUpdate = LiveUpdate.open(calls)) {
            return liveUpdate.create("other" + System.nanoTime()).acquire();
          }
        });
    return wrong;
  }

  private static String node(Syscalls calls) {
    List<String> names = new ArrayList<>();
    calls.listFolder("/sys/bus/pci/devices/" + EDU + "/vfio-dev", names);
    return "/dev/vfio/devices/" + names.getFirst();
  }

  private void refusedWithNothingLost(String what) {
    int kept = holder.kept();
    SimulatedHost host = process();
    assertThatThrownBy(() -> session(host)).as(what).isInstanceOf(RestoreException.class);
    host.close();
    assertThat(holder.kept()).as(what).isEqualTo(kept);
  }

  private void resumes(String what) {
    SimulatedHost host = process();
    LiveSession session = session(host);
    assertThat(session.report().outcome()).as(what).isEqualTo(Outcome.RESUMED);
    DmaBuffer ring = session.ioas("rings").buffer("ring", 3 * PAGE);
    assertThat(ring.physicalAddress(0)).as(what).isEqualTo(address);
    checkFill(ring, 1);
    assertThat(session.device(EDU).orElseThrow().isBusMaster()).as(what).isTrue();
    assertThat(session.isPreserved()).as(what).isTrue();
    session.leave();
    host.close();
  }

  @Test
  void everyKindUnderEveryName() {
    wrong()
        .forEach((what, make) -> {
          for (String name : List.of(IOMMUFD, DEVICE, MEMORY)) {
            Keeper keeper = new Keeper();
            int right = keeper.kept.get(name);
            keeper.replace(name, make.applyAsInt(keeper.process));
            keeper.close();
            refusedWithNothingLost(what + " as " + name);
            Keeper repairing = new Keeper();
            int there = keeper.process.sendDescriptor(right, repairing.process);
            repairing.replace(name, there);
            repairing.close();
            resumes("after " + what + " as " + name);
            repairing.process.close();
            keeper.process.close();
          }
        });
  }

  @Test
  void everyKindBesideWhatIsRight() {
    wrong()
        .forEach((what, make) -> {
          for (String name : List.of(IOMMUFD, DEVICE, MEMORY, SESSION)) {
            Keeper keeper = new Keeper();
            int right = keeper.kept.get(name);
            keeper.put(name, make.applyAsInt(keeper.process));
            keeper.close();
            refusedWithNothingLost(what + " beside " + name);
            Keeper repairing = new Keeper();
            int there = keeper.process.sendDescriptor(right, repairing.process);
            repairing.replace(name, there);
            repairing.close();
            resumes("after " + what + " beside " + name);
            repairing.process.close();
            keeper.process.close();
          }
        });
  }

  @Test
  void whatIsThereTwiceIsRefused() {
    for (String name : List.of(IOMMUFD, DEVICE, MEMORY, SESSION)) {
      Keeper keeper = new Keeper();
      keeper.put("a-second-name", keeper.kept.get(name));
      keeper.close();
      refusedWithNothingLost(name + " twice");
      Keeper repairing = new Keeper();
      repairing.remove("a-second-name");
      repairing.close();
      resumes(name + " once again");
      repairing.process.close();
      keeper.process.close();
    }
  }

  @Test
  void whatIsMissingIsRefused() {
    for (String name : List.of(IOMMUFD, DEVICE, MEMORY)) {
      Keeper keeper = new Keeper();
      int right = keeper.kept.get(name);
      keeper.remove(name);
      keeper.close();
      refusedWithNothingLost("no " + name);
      Keeper repairing = new Keeper();
      int there = keeper.process.sendDescriptor(right, repairing.process);
      repairing.put(name, there);
      repairing.close();
      resumes(name + " is back");
      repairing.process.close();
      keeper.process.close();
    }
  }

  @Test
  void wrongNamesForTheRightDescriptorsDoNotMatter() {
    Keeper keeper = new Keeper();
    Map<String, Integer> right = Map.copyOf(keeper.kept);
    right.keySet().forEach(keeper::remove);
    keeper.put("x", right.get(IOMMUFD));
    keeper.put("y", right.get(MEMORY));
    keeper.put("z", right.get(SESSION));
    keeper.put("stored", right.get(DEVICE));
    keeper.close();
    keeper.process.close();
    resumes("under other names");
    SimulatedHost host = process();
    LiveSession session = session(host);
    session.discard();
    assertThat(holder.kept()).as("they can be let go by the names they have").isZero();
  }

  @Test
  void anIommufdWithTheSameMappingsIsNotTheDevices() {
    Keeper keeper = new Keeper();
    Syscalls calls = keeper.process;
    Iommufd forged = Iommufd.open(calls);
    int ioas = forged.allocateIoas();
    try (Memfd memory = new Memfd(calls, keeper.kept.get(MEMORY), "pool-1")) {
      forged.mapFile(ioas, memory, 0, 3L * PAGE, OptionalLong.of(PAGE), true, true);
      keeper.replace(IOMMUFD, forged.acquire());
    }
    keeper.close();
    refusedWithNothingLost("a forged iommufd");
  }

  @Test
  void aBufferThatIsMappedElsewhereIsRefused() {
    SimulatedHost host = process();
    LiveSession session = session(host);
    session.cancelPreserve(); // What is preserved does not move.
    session.leave();
    host.close();
    Keeper keeper = new Keeper();
    Syscalls calls = keeper.process;
    Iommufd kept = new Iommufd(calls, keeper.kept.get(IOMMUFD));
    int ioas = IntStream.range(1, 100).filter(kept::hasIoas).findFirst().orElseThrow();
    kept.unmap(ioas, iova, 3L * PAGE);
    assertThat(kernel.migratePages()).isPositive();
    Memfd memory = new Memfd(calls, keeper.kept.get(MEMORY), "pool-1");
    kept.mapFile(ioas, memory, 0, 3L * PAGE, OptionalLong.of(iova), true, true);
    keeper.close();
    refusedWithNothingLost("a buffer in other pages");
  }

  @Test
  void leftoversOfAnInterruptedCallAreClosedAndNamed() {
    Keeper keeper = new Keeper();
    int fd = keeper.process.memfd_create("holdfast-pool-9", MemfdUapi.MFD_EXEC);
    keeper.put("kept/nic0/memory/9", fd);
    keeper.put("somebody-elses", keeper.process.eventfd(0, 0));
    keeper.put("somebody-elses-iommufd", keeper.process.open("/dev/iommu", FcntlUapi.O_RDWR, 0));
    keeper.close();
    keeper.process.close();
    int kept = holder.kept();
    LiveSession session = session(process());
    assertThat(session.report().outcome()).isEqualTo(Outcome.RESUMED);
    assertThat(session.report().notices())
        .anyMatch(notice -> notice.contains("kept/nic0/memory/9"))
        .noneMatch(notice -> notice.contains("somebody-elses"));
    assertThat(holder.kept()).isEqualTo(kept - 1);
  }
}
