package io.holdfast.cli;

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
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Records for tests. */
final class Samples {
  static final HostIdentity HOST =
      new HostIdentity("0123456789abcdef0123456789abcdef", "7.3.0", "amd64", 4096);
  static final UUID JOURNAL = new UUID(1, 2);
  static final UUID BOOT = new UUID(3, 4);
  static final PciAddress ADDRESS = PciAddress.parse("0000:00:04.0");

  private Samples() {}

  /** A sealed session with one device and two buffers. */
  static SessionState session() {
    MappingState ring =
        new MappingState(
            "tx-ring",
            new IovaRange(0x100000, 8192),
            true,
            true,
            new MappingState.File(1, 0),
            Policy.REQUIRED,
            ExtentList.of(new Extent(0x7000, 4096), new Extent(0x3000, 4096)));
    MappingState log =
        new MappingState(
            "log",
            new IovaRange(0x200000, 4096),
            true,
            false,
            new MappingState.File(1, 8192),
            Policy.OPTIONAL,
            ExtentList.of(new Extent(0x9000, 4096)));
    return new SessionState(
        "nic0",
        JOURNAL,
        2,
        HOST,
        List.of(BOOT),
        Optional.of(Instant.parse("2026-01-02T03:04:05Z")),
        OptionalLong.empty(),
        Optional.empty(),
        List.of(
            new BackingFile(
                1,
                "pool-1",
                16384,
                BackingFile.Origin.POOL,
                OptionalLong.of(0xcafe),
                Extensions.NONE)),
        List.of(new IoasState("rings", List.of(ring, log))),
        List.of(
            new DeviceState(
                ADDRESS,
                new PciIdentity(0x1234, 0x11e8, 0x1af4, 0x1100, 0xff00, 0x10, Optional.empty()),
                "rings",
                Policy.REQUIRED)),
        Extensions.NONE);
  }
}
