package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What journal tests record. */
final class Fixtures {
  static final HostIdentity HOST =
      new HostIdentity("b08dfa6083e7567a1921a715000001fb", "7.3.0", "x86_64", 4096);
  static final UUID BOOT = UUID.fromString("3c6aefd6-63ad-4b1b-9bbd-1e4d3f6e0a51");
  static final UUID JOURNAL = UUID.fromString("0b0a9f86-6c36-4a5e-8d2e-90a5f4b0a111");
  static final PciAddress ADDRESS = PciAddress.parse("0000:00:04.0");
  static final PciIdentity IDENTITY =
      new PciIdentity(
          0x1234, 0x11e8, 0x1af4, 0x1100, 0x00ff00, 0x10, Optional.of("0011223344556677"));

  private static final JournalHeader HEADER =
      JournalHeader.ofThisProcess(JOURNAL, "nic0", HOST, BOOT, 0);

  private Fixtures() {}

  static JournalHeader header() {
    return HEADER;
  }

  /** Goes on with what was read, as a process does that comes after the one that wrote it. */
  static Journal goOn(Disk disk, Path file, JournalHeader header, JournalContents contents) {
    return Journal.startOver(disk, file, header, contents.records(header.journal()));
  }

  static Journal goOn(Path file) {
    return goOn(Disk.local(), file, header(), JournalReader.read(file));
  }

  /** Another fold in the same state. */
  static JournalFold copy(JournalFold fold) {
    JournalFold copy = new JournalFold(header());
    fold.snapshot().forEachRecord(copy::apply);
    return copy;
  }

  static SessionOpened opened() {
    return new SessionOpened("nic0", JOURNAL, 0, HOST, List.of(BOOT));
  }

  /** A session with a file, an IOAS and a device. */
  static List<JournalRecord> setUp() {
    return List.of(
        opened(),
        new FileAdded(new BackingFile(1, "pool-1", 64L << 30, BackingFile.Origin.POOL)),
        new IoasAdded("rings"),
        new DeviceBound(new DeviceState(ADDRESS, IDENTITY, "rings", Policy.REQUIRED)));
  }

  /** Mapping number {@code index}: 4 KiB of its own. */
  static MappingAdded mapping(int index) {
    return mapping(
        "buffer-" + index, index, ExtentList.of(new Extent(0x7000_0000L + index * 8192L, 4096)));
  }

  static MappingAdded mapping(String name, int index, ExtentList extents) {
    return new MappingAdded(
        "rings",
        new MappingState(
            name,
            new IovaRange(0x1_0000_0000L + index * 4096L, extents.lengthBytes()),
            true,
            true,
            new MappingState.File(1, index * 4096L),
            Policy.REQUIRED,
            extents));
  }

  /** Extents none of which continues another. */
  static ExtentList fragmented(int count) {
    ExtentList.Builder extents = ExtentList.builder();
    long address = 1L << 32;
    long step = 0;
    for (int i = 0; i < count; i++) {
      step = step * 6364136223846793005L + 1442695040888963407L;
      address += 8192 + (step >>> 50) * 4096;
      extents.add(address, 4096);
    }
    return extents.build();
  }
}
