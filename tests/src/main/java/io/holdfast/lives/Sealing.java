package io.holdfast.lives;

import io.holdfast.LiveSession;
import io.holdfast.lives.Attempt.End;
import io.holdfast.lives.Attempt.Expected;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import java.io.IOException;
import java.nio.file.Files;

/** Hands a driver's session to the kernel, and takes it back. Not thread-safe. */
final class Sealing {
  private final Life life;
  private final Driver driver;

  Sealing(Life life, Driver driver) {
    this.life = life;
    this.driver = driver;
  }

  void preserve(boolean checksums) {
    Model model = driver.model();
    LiveSession session = driver.session();
    Expected expected =
        model.sealed || !driver.canPreserve() || (checksums && model.hasBusMaster())
            ? Expected.REFUSES
            : life.kernel().freeMemoryBytes() < Life.SCARCE_BYTES
                    || (checksums && model.perhapsHasBusMaster())
                ? Expected.MAY_REFUSE
                : Expected.WORKS;
    boolean wasSealed = model.sealed;
    int before = driver.host().openDescriptors();
    long pinned = life.kernel().pinnedMemoryBytes();
    PreserveReport[] report = new PreserveReport[1];
    End end =
        life.attempt()
            .run(
                driver.name() + ": preserve" + (checksums ? " with checksums" : ""),
                expected,
                () -> report[0] = session.preserve(options(checksums)));
    switch (end) {
      case DONE -> {
        driver.sealed(true);
        model.seal(checksums);
        onDisk(report[0].sealed());
      }
      case REFUSED -> {
        life.witness()
            .check(
                life.kernel().pinnedMemoryBytes() <= pinned,
                Invariant.UNDONE,
                "preserve was refused, and more memory is pinned than before");
        life.witness()
            .check(
                session.isPreserved() == wasSealed,
                Invariant.UNDONE,
                "preserve was refused, and it is %s",
                session.isPreserved() ? "preserved" : "not preserved");
        life.witness()
            .check(
                driver.host().openDescriptors() <= before,
                Invariant.NO_LEAK,
                "preserve was refused, and %d descriptors are open instead of %d",
                driver.host().openDescriptors(),
                before);
        if (!wasSealed && journalFailed()) {
          driver.perhapsSealed();
        }
      }
      case DIED -> driver.diedSealing(checksums);
    }
  }

  /** The manifest's copy is there when preserve() returns. */
  private void onDisk(SessionState sealed) {
    try {
      life.witness()
          .check(
              Manifest.decode(Files.readAllBytes(driver.manifest())).equals(sealed),
              Invariant.RECORDED,
              "the manifest on the disk is not what was sealed");
      Durability durability = life.faults().durability();
      life.witness()
          .check(
              durability.isOnDisk(driver.manifest()) && durability.wasForced(driver.journal()),
              Invariant.DURABLE,
              "the manifest or the journal would not survive a power cut");
    } catch (IOException e) {
      throw life.attempt().fail(Invariant.RECORDED, "no manifest is on the disk: " + e, e);
    }
  }

  void cancel() {
    End end =
        life.attempt()
            .run(
                driver.name() + ": cancel",
                Expected.WORKS,
                () -> driver.session().cancelPreserve());
    if (end == End.DIED) {
      driver.diedCancelling();
      return;
    }
    // It may say that the manifest's copy could not be removed; the session is free all the same.
    life.witness()
        .check(
            !driver.session().isPreserved(),
            Invariant.UNDONE,
            "it was cancelled, and is still preserved");
    driver.sealed(false);
    if (end == End.REFUSED && journalFailed()) {
      driver.perhapsSealed();
    }
  }

  /**
   * Whether neither the journal's file nor a fresh one may have taken the record that a seal is
   * over: it is recorded with the next change, which a process that dies does not live to make.
   */
  private boolean journalFailed() {
    return life.faults().injected().stream()
            .filter(fault -> fault.what().contains(" journal"))
            .count()
        > 1;
  }

  private static PreserveOptions options(boolean checksums) {
    PreserveOptions options = PreserveOptions.defaults().whileDevicesWrite();
    return checksums ? options.withChecksums() : options;
  }
}
