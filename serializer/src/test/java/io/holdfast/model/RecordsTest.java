package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.BackingFile.Origin;
import io.holdfast.model.MappingState.Anonymous;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The records refuse what cannot be, and say what it is. */
class RecordsTest {
  private static final HostIdentity HOST = new HostIdentity("8a3e", "7.3.0", "x86_64", 4096);
  private static final IovaRange RANGE = new IovaRange(0, 8192);

  @Test
  void aBackingFileHasATokenANameAndASize() {
    refused("token of a backing file is 0", () -> new BackingFile(0, "a", 1, Origin.POOL));
    refused("name of a backing file is empty", () -> new BackingFile(1, "", 1, Origin.POOL));
    refused("name of a backing file is missing", () -> new BackingFile(1, null, 1, Origin.POOL));
    refused("size of a backing file", () -> new BackingFile(1, "a", 0, Origin.POOL));
    refused("origin of a backing file", () -> new BackingFile(1, "a", 1, null));
    refused(
        "CRC-32C",
        () -> new BackingFile(1, "a", 1, Origin.POOL, OptionalLong.of(1L << 32), Extensions.NONE));
    refused(
        "extensions", () -> new BackingFile(1, "a", 1, Origin.POOL, OptionalLong.empty(), null));
  }

  @Test
  void aNameIsPrintableAndNotTooLong() {
    assertThatCode(() -> new BackingFile(1, "\u00df".repeat(127), 1, Origin.POOL))
        .doesNotThrowAnyException();
    refused(
        "longer than 255 bytes", () -> new BackingFile(1, "\u00df".repeat(128), 1, Origin.POOL));
    refused("longer than 255 bytes", () -> new BackingFile(1, "a".repeat(256), 1, Origin.POOL));
    refused("character U+001B at index 1", () -> new BackingFile(1, "a\u001b[31m", 1, Origin.POOL));
    refused("half a character at index 1", () -> new BackingFile(1, "a\ud83d", 1, Origin.POOL));
    refused(
        "half a character at index 0", () -> new BackingFile(1, "\ude00\ud83d", 1, Origin.POOL));
    assertThatCode(() -> new BackingFile(1, "\ud83d\ude00", 1, Origin.POOL))
        .doesNotThrowAnyException();
  }

  @Test
  void aMappingIsOfUseAndAsLongAsItsExtents() {
    refused("neither read nor written", () -> mapping(false, false, ExtentList.EMPTY));
    refused(
        "are 4096 bytes, its IOVA range is 8192",
        () -> mapping(true, true, ExtentList.of(new Extent(0, 4096))));
    assertThat(
            mapping(true, false, ExtentList.EMPTY).withExtents(ExtentList.of(new Extent(0, 8192))))
        .isEqualTo(mapping(true, false, ExtentList.of(new Extent(0, 8192))));
    refused("token of a mapping's file is 0", () -> new MappingState.File(0, 0));
    refused("offset of a mapping in its file is -1", () -> new MappingState.File(1, -1));
  }

  @Test
  void aPageSizeIsOne() {
    for (int size : new int[] {0, 2048, 4097, 12288, Integer.MIN_VALUE}) {
      refused("page size", () -> new HostIdentity("8a3e", "7.3.0", "x86_64", size));
    }
    refused("machine id is empty", () -> new HostIdentity("", "7.3.0", "x86_64", 4096));
  }

  @Test
  void aPciIdentityFitsItsRegisters() {
    refused("vendor id", () -> new PciIdentity(0x10000, 0, 0, 0, 0, 0, Optional.empty()));
    refused("class code", () -> new PciIdentity(0, 0, 0, 0, 0x1000000, 0, Optional.empty()));
    refused("revision", () -> new PciIdentity(0, 0, 0, 0, 0, -1, Optional.empty()));
    refused("serial number is empty", () -> new PciIdentity(0, 0, 0, 0, 0, 0, Optional.of("")));
    assertThat(new PciIdentity(0x1234, 0x11e8, 0x1af4, 0x1100, 0xff00, 0x10, Optional.of("0011")))
        .hasToString("1234:11e8 (subsystem 1af4:1100, class 00ff00, revision 10, serial 0011)");
  }

  @Test
  void aDeviceTokenIsNeverTheManifests() {
    PciAddress address = new PciAddress(0, 0, 4, 0);
    PciIdentity identity = new PciIdentity(0, 0, 0, 0, 0, 0, Optional.empty());
    refused(
        "token of a device is 0",
        () ->
            new DeviceState(
                address,
                identity,
                "a",
                Policy.REQUIRED,
                OptionalLong.of(0),
                false,
                false,
                Extensions.NONE));
    refused(
        "IOAS of a device is empty", () -> new DeviceState(address, identity, "", Policy.REQUIRED));
  }

  @Test
  void aSessionsNameIsALiveUpdateSessionsAndAFolders() {
    assertThat(session("nic0", 0, List.of(new UUID(1, 1), new UUID(2, 2))).bootId())
        .isEqualTo(new UUID(2, 2));
    for (String name : new String[] {"..", ".", "a/b", "/", "a".repeat(64), "\u00df"}) {
      refused("not a session name", () -> session(name, 0, List.of(new UUID(0, 0))));
    }
    refused("boot chain", () -> session("nic0", 0, List.of()));
    refused("generation", () -> session("nic0", -1, List.of(new UUID(0, 0))));
  }

  private static MappingState mapping(boolean readable, boolean writeable, ExtentList extents) {
    return new MappingState(
        "a", RANGE, readable, writeable, new Anonymous(true), Policy.REQUIRED, extents);
  }

  private static SessionState session(String name, long generation, List<UUID> boots) {
    return new SessionState(
        name,
        new UUID(0, 0),
        generation,
        HOST,
        boots,
        Optional.of(Instant.EPOCH),
        OptionalLong.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        Extensions.NONE);
  }

  private static void refused(String message, ThrowingCallable code) {
    assertThatThrownBy(code)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
