package io.holdfast.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.doctor.HostCheck.Status;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostDoctorTest {
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");
  private static final String FOLDER = "/sys/bus/pci/devices/0000:00:04.0";
  private static final String NOIOMMU = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";

  private static FakeHost ableHost() {
    return new FakeHost()
        .file("/proc/sys/kernel/osrelease", "7.3.0-rc7\n")
        .file("/boot/config-7.3.0-rc7", String.join("\n", HostDoctor.neededOptions()) + "\n")
        .file("/proc/cmdline", "quiet kho=on liveupdate=on vfio.enable_unsafe_noiommu_mode=1\n")
        .file(NOIOMMU, "Y\n")
        .file("/proc/sys/vm/memfd_noexec", "0\n")
        .file("/sys/kernel/kexec_loaded", "1\n")
        .file("/proc/self/status", "Name:\tjava\nCapInh:\t0\nCapEff:\t000001ffffffffff\n")
        .file("/proc/self/cgroup", "0::/drivers\n")
        .file("/sys/fs/cgroup/drivers/memory.max", "max\n")
        .device("/dev/iommu", 0)
        .device("/dev/liveupdate", 0);
  }

  private static FakeHost ableDevice() {
    return ableHost()
        .folder(FOLDER, "vendor", "device")
        .file(FOLDER + "/vendor", "0x1234\n")
        .file(FOLDER + "/device", "0x11e8\n")
        .link(FOLDER + "/driver", "../../../../bus/pci/drivers/vfio-pci")
        .folder(FOLDER + "/vfio-dev", "noiommu-vfio0")
        .file(FOLDER + "/vfio-dev/noiommu-vfio0/dev", "511:0\n")
        .device("/dev/vfio/devices/noiommu-vfio0", 0);
  }

  private static HostCheck host(FakeHost host, String name) {
    return only(new HostDoctor(host.kernel()).host(), name);
  }

  private static HostCheck device(FakeHost host, String name) {
    return only(new HostDoctor(host.kernel()).device(DEVICE), name);
  }

  private static HostCheck only(List<HostCheck> checks, String name) {
    List<HostCheck> found = checks.stream().filter(check -> check.name().equals(name)).toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  @Test
  void anAbleHostPassesEverything() {
    FakeHost host = ableDevice();
    HostDoctor doctor = new HostDoctor(host.kernel());
    assertThat(doctor.host())
        .allSatisfy(check -> assertThat(check.status()).isEqualTo(Status.OK))
        .hasSize(14);
    assertThat(doctor.device(DEVICE))
        .allSatisfy(check -> assertThat(check.status()).isEqualTo(Status.OK));
    assertThat(host.openDescriptors()).isZero();
  }

  @Test
  void aHostWithNothingIsToldEverythingAndNothingIsThrown() {
    List<HostCheck> checks = new HostDoctor(new FakeHost().kernel()).host();
    assertThat(HostCheck.allPass(checks)).isFalse();
    assertThat(checks)
        .filteredOn(check -> check.status() == Status.NOT_OK)
        .allSatisfy(check -> assertThat(check.remedy()).isNotEmpty())
        .extracting(HostCheck::name)
        .contains(
            "kernel-version",
            "dev-iommu",
            "dev-liveupdate",
            "kho-on",
            "liveupdate-on",
            "cap-sys-rawio");
  }

  @ParameterizedTest
  @CsvSource({
    "7.3.0, OK",
    "7.3-rc7, OK",
    "7.10.1-amd64, OK",
    "8.0.0, OK",
    "10.1, OK",
    "7.2.9, NOT_OK",
    "6.18.44, NOT_OK",
    "0.3, NOT_OK",
    "strange, NOT_OK"
  })
  void theKernelIsNewEnoughFrom73(String release, Status status) {
    assertThat(
            host(ableHost().file("/proc/sys/kernel/osrelease", release), "kernel-version").status())
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"0, OK", "16, WARNING", "5, NOT_OK", "2, NOT_OK", "13, NOT_OK"})
  void openingLiveUpdateTellsItsState(int errno, Status status) {
    assertThat(host(ableHost().device("/dev/liveupdate", -errno), "dev-liveupdate").status())
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"25, NOT_OK", "1, NOT_OK", "95, NOT_OK", "2, OK"})
  void theKernelMustKnowTheRequestForPhysicalAddresses(int errno, Status status) {
    FakeHost host = ableHost().getPa(-errno);
    assertThat(host(host, "noiommu-get-pa").status()).isEqualTo(status);
    assertThat(host.openDescriptors()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "kho=on, OK",
    "kho=1, OK",
    "kho=y, OK",
    "kho=off kho=on, OK",
    "kho=on kho=off, NOT_OK",
    "kho=0, NOT_OK",
    "nokho=on, WARNING",
    "quiet, WARNING"
  })
  void theLastWordOnTheCommandLineCounts(String line, Status status) {
    assertThat(host(ableHost().file("/proc/cmdline", line), "kho-on").status()).isEqualTo(status);
  }

  @Test
  void withoutTheDeviceAMissingSwitchIsTheReason() {
    FakeHost host =
        ableHost().file("/proc/cmdline", "quiet").device("/dev/liveupdate", -Errno.ENOENT);
    assertThat(host(host, "liveupdate-on").status()).isEqualTo(Status.NOT_OK);
  }

  @ParameterizedTest
  @CsvSource({"0, OK", "1, WARNING", "2, NOT_OK"})
  void memfdNoexec(String value, Status status) {
    assertThat(host(ableHost().file("/proc/sys/vm/memfd_noexec", value), "memfd-noexec").status())
        .isEqualTo(status);
  }

  @Test
  void capabilitiesAreReadFromTheEffectiveSet() {
    FakeHost host =
        ableHost()
            .file("/proc/self/status", "CapPrm:\t000001ffffffffff\nCapEff:\t0000000000000000\n")
            .file(
                "/proc/self/limits",
                "Max locked memory         8388608              8388608              bytes\n");
    assertThat(host(host, "cap-sys-rawio").status()).isEqualTo(Status.NOT_OK);
    assertThat(host(host, "locked-memory"))
        .satisfies(check -> assertThat(check.status()).isEqualTo(Status.WARNING))
        .satisfies(check -> assertThat(check.detail()).contains("8388608 bytes"));
  }

  @Test
  void anUnlimitedMemlockNeedsNoCapability() {
    FakeHost host =
        ableHost()
            .file("/proc/self/status", "CapEff:\t0000000000020000\n")
            .file(
                "/proc/self/limits",
                "Max locked memory         unlimited            unlimited            bytes\n");
    assertThat(host(host, "cap-sys-rawio").status()).isEqualTo(Status.OK);
    assertThat(host(host, "locked-memory").status()).isEqualTo(Status.OK);
  }

  @Test
  void aMemoryCgroupWithALimitIsPointedOut() {
    FakeHost host = ableHost().file("/sys/fs/cgroup/drivers/memory.max", "1048576");
    assertThat(host(host, "memory-cgroup").status()).isEqualTo(Status.WARNING);
  }

  @Test
  void anIommuInFrontOfDevicesIsTold() {
    FakeHost host =
        ableHost()
            .folder("/sys/class/iommu", "dmar0")
            .folder("/sys/bus/pci/devices", "0000:00:04.0")
            .link(FOLDER + "/iommu_group", "../../../kernel/iommu_groups/3");
    assertThat(host(host, "no-iommu").status()).isEqualTo(Status.WARNING);
    assertThat(host(host, "no-iommu").detail()).contains("every PCI device");
    host.folder("/sys/bus/pci/devices", "0000:00:04.0", "0000:00:05.0");
    assertThat(host(host, "no-iommu").status()).isEqualTo(Status.WARNING);
  }

  @Test
  void theGroupThatVfioMakesUpIsNoIommu() {
    FakeHost host =
        ableDevice()
            .folder("/sys/kernel/iommu_groups", "0")
            .file("/sys/kernel/iommu_groups/0/name", "vfio-noiommu\n")
            .link(FOLDER + "/iommu_group", "../../../kernel/iommu_groups/0")
            .file(FOLDER + "/iommu_group/name", "vfio-noiommu\n");
    assertThat(host(host, "no-iommu").status()).isEqualTo(Status.OK);
    assertThat(device(host, "device-no-iommu").status()).isEqualTo(Status.OK);
  }

  @Test
  void aDeviceThatIsNotThereIsOneLine() {
    assertThat(new HostDoctor(ableHost().kernel()).device(DEVICE))
        .singleElement()
        .satisfies(check -> assertThat(check.status()).isEqualTo(Status.NOT_OK));
  }

  @Test
  void aKernelWithoutCharacterDevicesHasNoNode() {
    FakeHost host = ableDevice().folder(FOLDER + "/vfio-dev", "vfio0");
    assertThat(device(host, "device-node").status()).isEqualTo(Status.NOT_OK);
    assertThat(device(host, "device-node").detail()).contains("vfio has no node");
    assertThat(device(host, "device-node").remedy())
        .contains("CONFIG_VFIO_DEVICE_CDEV", "a legacy group, which needs none, pins no memory");
  }

  @Test
  void aDeviceBehindAnIommuUsesIovasAndOneOfAnotherDriverFails() {
    FakeHost behind =
        ableDevice()
            .link(FOLDER + "/iommu_group", "../../../kernel/iommu_groups/3")
            .folder(FOLDER + "/vfio-dev", "vfio0")
            .file(FOLDER + "/vfio-dev/vfio0/dev", "511:0\n")
            .device("/dev/vfio/devices/vfio0", 0);
    assertThat(device(behind, "device-no-iommu").status()).isEqualTo(Status.WARNING);
    assertThat(device(behind, "device-no-iommu").detail()).contains("it uses IOVAs");
    assertThat(device(behind, "device-node").status()).isEqualTo(Status.OK);
    FakeHost other = ableDevice().link(FOLDER + "/driver", "../../../../bus/pci/drivers/e1000e");
    assertThat(device(other, "device-driver").detail()).contains("e1000e");
    FakeHost denied = ableDevice().device("/dev/vfio/devices/noiommu-vfio0", -Errno.EPERM);
    assertThat(device(denied, "device-node").detail()).contains("EPERM");
  }

  @Test
  void aDeviceWithoutADriverIsGivenOneByTheSession() {
    FakeHost host =
        ableHost()
            .folder(FOLDER, "vendor", "device")
            .file(FOLDER + "/vendor", "0x1234\n")
            .file(FOLDER + "/device", "0x11e8\n");
    assertThat(device(host, "device-driver").status()).isEqualTo(Status.WARNING);
    assertThat(device(host, "device-node").status()).isEqualTo(Status.WARNING);
    host.link(FOLDER + "/driver", "../../../../bus/pci/drivers/vfio-pci");
    assertThat(device(host, "device-node").status()).isEqualTo(Status.NOT_OK);
  }

  private static FakeHost groupOpens(int errno) {
    return ableDevice()
        .link(FOLDER + "/iommu_group", "../../../kernel/iommu_groups/5")
        .file(FOLDER + "/iommu_group/name", "vfio-noiommu\n")
        .folder("/proc", "self", "1", "99")
        .folder("/proc/1/fd", "0")
        .folder("/proc/99/fd", "0", "4")
        .link("/proc/99/fd/0", "/dev/null")
        .link("/proc/99/fd/4", "socket:[17]")
        .device("/dev/vfio/noiommu-5", -errno);
  }

  @Test
  void aFreeDeviceIsToldFromOneThatAProcessHas() {
    FakeHost free = groupOpens(0);
    assertThat(device(free, "device-use").detail()).isEqualTo("nothing has bound " + DEVICE);
    assertThat(free.openDescriptors()).isZero();
    FakeHost used =
        groupOpens(Errno.EBUSY).link("/proc/99/fd/4", "/dev/vfio/devices/noiommu-vfio0");
    assertThat(device(used, "device-use"))
        .satisfies(check -> assertThat(check.status()).isEqualTo(Status.OK))
        .satisfies(check -> assertThat(check.detail()).endsWith("is open in process 99"));
    used.folder("/proc", "self", "1")
        .folder("/proc/self/fd", "3")
        .link("/proc/self/fd/3", "/dev/vfio/noiommu-5");
    assertThat(device(used, "device-use").detail()).endsWith("is open in this process");
  }

  @Test
  void aDeviceThatNobodyHasAndThatCannotBeBoundIsHeldByTheKernel() {
    assertThat(device(groupOpens(Errno.EBUSY), "device-use"))
        .satisfies(check -> assertThat(check.status()).isEqualTo(Status.NOT_OK))
        .satisfies(check -> assertThat(check.detail()).contains("the kernel itself holds it"))
        .satisfies(check -> assertThat(check.remedy()).startsWith("kexec or reboot"));
    FakeHost unseen = groupOpens(Errno.EBUSY).folder("/proc", "self", "1", "99", "100");
    unseen.denied("/proc/100/fd");
    assertThat(device(unseen, "device-use").status()).isEqualTo(Status.WARNING);
  }

  @Test
  void withoutAGroupNothingIsSaidOfADevicesUse() {
    assertThat(new HostDoctor(groupOpens(Errno.ENOENT).kernel()).device(DEVICE))
        .extracting(HostCheck::name)
        .doesNotContain("device-use");
  }

  @Test
  void theStateDirectoryMustBePrivate(@TempDir Path folder) throws IOException {
    HostDoctor doctor = new HostDoctor(ableHost().kernel());
    assertThat(doctor.stateDirectory(folder.resolve("absent")).status()).isEqualTo(Status.OK);
    assertThat(doctor.stateDirectory(Files.createFile(folder.resolve("file"))).status())
        .isEqualTo(Status.NOT_OK);
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
    assertThat(doctor.stateDirectory(open).status()).isEqualTo(Status.NOT_OK);
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwx------"));
    assertThat(doctor.stateDirectory(open).status()).isEqualTo(Status.OK);
  }

  @Test
  void namesTheOptionsThatTheKernelLacks() {
    FakeHost host =
        ableHost()
            .file(
                "/boot/config-7.3.0-rc7",
                String.join("\n", HostDoctor.neededOptions())
                    .replace("CONFIG_LIVEUPDATE=y", "# CONFIG_LIVEUPDATE is not set"));
    assertThat(host(host, "kernel-config").status()).isEqualTo(Status.NOT_OK);
    assertThat(host(host, "kernel-config").detail()).contains("lacks LIVEUPDATE (");
    assertThat(new HostDoctor(host.kernel()).missingOptions())
        .contains(List.of("CONFIG_LIVEUPDATE=y"));
  }

  @ParameterizedTest
  @CsvSource({
    "CONFIG_VFIO_GROUP=y, CONFIG_VFIO_CONTAINER=y",
    "CONFIG_VFIO_GROUP=y CONFIG_VFIO_CONTAINER=y, ",
    "CONFIG_VFIO_GROUP=y CONFIG_IOMMUFD_VFIO_CONTAINER=y, "
  })
  void wantsAContainerWhereThereAreGroups(String options, String missing) {
    FakeHost host =
        ableHost()
            .file(
                "/boot/config-7.3.0-rc7",
                String.join("\n", HostDoctor.neededOptions()) + "\n" + options.replace(' ', '\n'));
    assertThat(new HostDoctor(host.kernel()).missingOptions())
        .contains(missing == null ? List.of() : List.of(missing));
  }
}
