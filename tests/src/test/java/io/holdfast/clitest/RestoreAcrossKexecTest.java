package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.clitest.Holdfast.Result;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RestoreAcrossKexecTest {
  private static final String[] SESSION = {"--session", TestDriver.SESSION};

  @TempDir private Path folder;

  private static String[] verb(String verb, String... more) {
    String[] all = new String[3 + more.length];
    all[0] = verb;
    System.arraycopy(SESSION, 0, all, 1, 2);
    System.arraycopy(more, 0, all, 3, more.length);
    return all;
  }

  @Test
  void planLooksAndRestoreBringsBackOnce() throws IOException {
    try (Machine machine = Machine.create(folder).preserve().kexec()) {
      Result plan = machine.holdfast(verb("plan"));
      assertThat(plan.code()).as(plan.toString()).isZero();
      Golden.assertMatches("plan.txt", plan.out());

      Result inspect = machine.holdfast(verb("inspect"));
      assertThat(inspect.code()).as(inspect.toString()).isZero();
      assertThat(inspect.err()).contains("was not touched").hasLineCount(1);
      Golden.assertMatches("inspect-session.txt", inspect.out());

      Result refused = machine.holdfast(verb("verify"));
      assertThat(refused.code()).as(refused.toString()).isEqualTo(2);
      assertThat(refused.err()).contains("--exec", "--consume").hasLineCount(1);

      Result restore = machine.holdfast(verb("restore", "--consume"));
      assertThat(restore.code()).as(restore.toString()).isZero();
      assertThat(restore.err()).isEmpty();
      Golden.assertMatches("restore.txt", restore.out());

      Result again = machine.holdfast(verb("restore", "--consume"));
      assertThat(again.code()).as(again.toString()).isEqualTo(4);
      assertThat(again.err()).hasLineCount(1);
    }
  }

  @Test
  void verifyConsumesOnlyWhenTold() throws IOException {
    try (Machine machine = Machine.create(folder).preserve().kexec()) {
      Result verify = machine.holdfast(verb("verify", "--consume", "--json"));
      assertThat(verify.code()).as(verify.toString()).isZero();
      DemoTest.assertOneDocument(verify.out());
      assertThat(verify.out()).contains("\"outcome\" : \"restored\"", "\"verdict\" : \"same\"");
    }
  }

  @Test
  void aMissingProgramIsNoticedBeforeTheSessionIsTaken() throws IOException {
    try (Machine machine = Machine.create(folder).preserve().kexec()) {
      Result missing = machine.holdfast(verb("restore", "--exec", "--", "/no/such/driver"));
      assertThat(missing.code()).as(missing.toString()).isEqualTo(10);
      assertThat(machine.holdfast(verb("restore", "--consume")).code()).isZero();
    }
  }

  @Test
  void bytesWrittenAfterTheSealAreNoticed() throws IOException {
    try (Machine machine = Machine.create(folder).preserve("spoil").kexec()) {
      Result restore = machine.holdfast(verb("restore", "--consume"));
      assertThat(restore.code()).as(restore.toString()).isEqualTo(6);
      assertThat(restore.err()).contains("CRC-32C").hasLineCount(1);
      assertThat(restore.out()).contains("content differs");
    }
  }

  @Test
  void aMissingDeviceIsRefusedAndNothingIsLost() throws IOException {
    try (Machine machine = Machine.create(folder).preserve().kexecWithoutDevice()) {
      Result plan = machine.holdfast(verb("plan"));
      assertThat(plan.code()).as(plan.toString()).isEqualTo(3);
      assertThat(plan.out()).contains("0000:00:04.0", "is not there");
      Result restore = machine.holdfast(verb("restore", "--consume", "--json"));
      assertThat(restore.code()).as(restore.toString()).isEqualTo(3);
      DemoTest.assertOneDocument(restore.out());
      assertThat(restore.err()).contains("left in the kernel").hasLineCount(1);
      Result kept = machine.holdfast(verb("inspect", "--consume"));
      assertThat(kept.code()).as(kept.toString()).isZero();
      assertThat(kept.out()).contains("in the kernel");
    }
  }

  @Test
  void aColdBootIsNothingToRestore() throws IOException {
    try (Machine machine = Machine.create(folder).preserve().coldBoot()) {
      Result restore = machine.holdfast(verb("restore", "--consume"));
      assertThat(restore.code()).as(restore.toString()).isEqualTo(4);
      assertThat(restore.err()).hasLineCount(1);
    }
  }

  @Test
  void doctorFindsASimulatedMachineAble() throws IOException {
    try (Machine machine = Machine.create(folder)) {
      Result doctor = machine.holdfast("doctor", "--device", "0000:00:04.0");
      assertThat(doctor.code()).as(doctor.toString()).isZero();
      Golden.assertMatches("doctor.txt", doctor.out());
    }
  }

  @Test
  void aTraceShowsEveryCallByName() throws IOException {
    try (Machine machine = Machine.create(folder).preserve().kexec()) {
      Result trace = machine.holdfast(verb("verify", "--consume", "--trace"));
      assertThat(trace.code()).as(trace.toString()).isZero();
      assertThat(trace.err())
          .contains(
              "LIVEUPDATE_IOCTL_RETRIEVE_SESSION",
              "LIVEUPDATE_SESSION_RETRIEVE_FD",
              "VFIO_DEVICE_BIND_IOMMUFD",
              "IOMMU_IOAS_MAP_FILE",
              "IOMMU_IOAS_NOIOMMU_GET_PA");
    }
  }
}
