package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.linux.HostFacts;
import io.holdfast.linux.HostFacts.DeviceFacts;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestorePlan;
import io.holdfast.session.RestorePlan.Severity;
import io.holdfast.session.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RestorePlanTest {
  private static final PciAddress NIC = PciAddress.parse("0000:00:04.0");
  private static final PciIdentity EDU =
      new PciIdentity(0x1234, 0x11e8, 0x1af4, 0x1100, 0xff00, 0x10, Optional.empty());
  private static final PciIdentity OTHER =
      new PciIdentity(0x8086, 0x10d3, 0x8086, 0, 0x20000, 0, Optional.empty());
  private static final HostIdentity HOST = new HostIdentity("m1", "7.3.0", "amd64", 4096);
  private static final UUID BEFORE = new UUID(0, 1);
  private static final UUID NOW = new UUID(0, 2);

  private static SessionState session(Policy devicePolicy, Policy bufferPolicy) {
    MappingState mapping =
        new MappingState(
            "tx",
            new IovaRange(0x100000, 8192),
            true,
            true,
            new MappingState.File(1, 0),
            bufferPolicy,
            ExtentList.of(new Extent(0x5000, 8192)));
    return new SessionState(
        "nic0",
        new UUID(1, 1),
        0,
        HOST,
        List.of(BEFORE),
        Optional.of(Instant.EPOCH),
        OptionalLong.empty(),
        Optional.empty(),
        List.of(new BackingFile(1, "pool", 8192, BackingFile.Origin.POOL)),
        List.of(new IoasState("rings", List.of(mapping))),
        List.of(new DeviceState(NIC, EDU, "rings", devicePolicy)),
        Extensions.NONE);
  }

  private static SessionState session() {
    return session(Policy.REQUIRED, Policy.REQUIRED);
  }

  private static HostFacts facts(HostIdentity host, UUID boot, DeviceFacts device) {
    return new HostFacts(host, boot, true, true, true, Map.of(NIC, device));
  }

  private static DeviceFacts device(PciIdentity identity, String driver, String entry) {
    return new DeviceFacts(
        Optional.ofNullable(identity),
        Optional.ofNullable(driver),
        Optional.ofNullable(entry),
        Optional.empty());
  }

  private static RestorePlan plan(SessionState state, HostFacts facts) {
    return RestorePlanner.plan(state, facts, device -> false);
  }

  private static final DeviceFacts GOOD = device(EDU, "vfio-pci", "noiommu-vfio3");

  private static void refused(RestorePlan plan, String what) {
    assertThat(plan.isFeasible()).isFalse();
    assertThat(plan.firstFatal().orElseThrow().what()).contains(what);
  }

  @Test
  void aHostLikeBeforeIsFeasible() {
    RestorePlan plan = plan(session(), facts(HOST, NOW, GOOD));
    assertThat(plan.isFeasible()).isTrue();
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.steps().stream().map(RestorePlan.Step::stage))
        .containsExactly(
            Stage.ATTACH, Stage.RETRIEVE, Stage.MAP, Stage.VERIFY, Stage.HAND_OVER, Stage.FINISH);
  }

  @Test
  void aDeviceWithoutDriverIsGivenToVfioPci() {
    RestorePlan plan = plan(session(), facts(HOST, NOW, device(EDU, null, null)));
    assertThat(plan.isFeasible()).isTrue();
    assertThat(plan.steps().getFirst().action()).contains("vfio-pci");
  }

  @Test
  void whatStandsAgainstItIsNamed() {
    HostIdentity otherHost = new HostIdentity("m2", "7.3.0", "amd64", 4096);
    HostIdentity otherPages = new HostIdentity("m1", "7.3.0", "amd64", 65536);
    refused(plan(session(), facts(otherHost, NOW, GOOD)), "another host");
    refused(plan(session(), facts(otherPages, NOW, GOOD)), "pages of 4096");
    refused(plan(session(), facts(HOST, BEFORE, GOOD)), "this very boot");
    refused(plan(session(), facts(HOST, NOW, device(null, null, null))), "is not there");
    refused(
        plan(session(), facts(HOST, NOW, device(OTHER, "vfio-pci", "noiommu-vfio0"))),
        "another device sits at");
    refused(plan(session(), facts(HOST, NOW, device(EDU, "e1000e", null))), "driven by e1000e");
    refused(plan(session(), facts(HOST, NOW, device(EDU, "vfio-pci", "vfio0"))), "behind an IOMMU");
    refused(plan(session(), facts(HOST, NOW, device(EDU, "vfio-pci", null))), "no VFIO character");
  }

  @Test
  void whatTheProcessOrTheKernelLacksIsNamed() {
    refused(
        plan(session(), new HostFacts(HOST, NOW, false, true, true, Map.of(NIC, GOOD))),
        "CAP_SYS_RAWIO");
    refused(
        plan(session(), new HostFacts(HOST, NOW, true, false, true, Map.of(NIC, GOOD))),
        "/dev/iommu");
    refused(
        plan(session(), new HostFacts(HOST, NOW, true, true, false, Map.of(NIC, GOOD))),
        "/dev/liveupdate");
  }

  @Test
  void anOptionalDeviceIsSkippedWithItsOptionalBuffers() {
    RestorePlan plan =
        plan(session(Policy.OPTIONAL, Policy.OPTIONAL), facts(HOST, NOW, device(null, null, null)));
    assertThat(plan.isFeasible()).isTrue();
    assertThat(plan.skippedDevices()).containsExactly(NIC);
    assertThat(plan.problems())
        .allMatch(problem -> problem.severity() == Severity.SKIPPED)
        .hasSize(2);
  }

  @Test
  void aRequiredBufferNeedsADevice() {
    RestorePlan plan =
        plan(session(Policy.OPTIONAL, Policy.REQUIRED), facts(HOST, NOW, device(null, null, null)));
    refused(plan, "cannot be pinned");
  }

  @Test
  void aVirtualFunctionNeedsItsToken() {
    DeviceFacts virtual =
        new DeviceFacts(
            GOOD.identity(),
            GOOD.driver(),
            GOOD.vfioEntry(),
            Optional.of(new PciAddress(0, 3, 0, 0)));
    HostFacts facts = facts(HOST, NOW, virtual);
    refused(plan(session(), facts), "no VF token is given");
    assertThat(RestorePlanner.plan(session(), facts, NIC::equals).isFeasible()).isTrue();
  }
}
