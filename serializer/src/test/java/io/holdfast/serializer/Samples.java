package io.holdfast.serializer;

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

/** One session with one of everything, the same each time. */
final class Samples {
  static final SessionState SESSION = session();

  private Samples() {}

  private static SessionState session() {
    MappingState tx =
        new MappingState(
            "tx-ring",
            new IovaRange(0x1_0000_0000L, 12288),
            true,
            true,
            new MappingState.File(1, 4096),
            Policy.REQUIRED,
            ExtentList.of(new Extent(0x7ffc_5000L, 8192), new Extent(0x1000, 4096)));
    MappingState scratch =
        new MappingState(
            "scratch",
            new IovaRange(-4096, 4096),
            true,
            false,
            new MappingState.Anonymous(true),
            Policy.OPTIONAL,
            ExtentList.EMPTY);
    return new SessionState(
        "nic0",
        new UUID(1, 2),
        3,
        new HostIdentity("8a3e0f", "7.3.0-rc7", "x86_64", 4096),
        List.of(new UUID(3, 4), new UUID(5, 6)),
        Optional.of(Instant.parse("2026-11-22T15:38:34.000000001Z")),
        OptionalLong.of(9),
        Optional.empty(),
        List.of(
            new BackingFile(1, "pool-0", 1 << 20, BackingFile.Origin.POOL),
            new BackingFile(
                2,
                "mine",
                5000,
                BackingFile.Origin.CALLER,
                OptionalLong.of(0xdead_beefL),
                Extensions.NONE)),
        List.of(new IoasState("rings", List.of(tx, scratch)), new IoasState("empty", List.of())),
        List.of(
            new DeviceState(
                PciAddress.parse("0000:00:04.0"),
                new PciIdentity(
                    0x1234,
                    0x11e8,
                    0x1af4,
                    0x1100,
                    0x00ff00,
                    0x10,
                    Optional.of("0011223344556677")),
                "rings",
                Policy.REQUIRED,
                OptionalLong.of(10),
                false,
                false,
                Extensions.NONE)),
        Extensions.NONE);
  }
}
