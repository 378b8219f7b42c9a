package io.holdfast.journal;

import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import io.holdfast.serializer.CompactForm;
import io.holdfast.serializer.ExtentCodec;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The bodies of records in formats 1 and 2, which are read and never written: a fixed order of
 * fields, each record with its unknown fields at the end.
 *
 * <pre>
 *   session  | name | journal | generation | host | boots: count, 16 bytes each | extensions |
 *   host     | machine id | kernel release | architecture | page size | extensions |
 *   file     | token | name | size | flags | [CRC-32C] | extensions |         flags: 1 CALLER, 2 has a CRC
 *   mapping  | name | IOVA | length | flags | [token | offset] | extents | extensions |
 *            flags: 1 readable, 2 writeable, 4 anonymous, 8 declared transient, 16 optional;
 *            token and offset unless anonymous; extents: length and {@link ExtentCodec}'s bytes
 *   device   | address | vendor, device, subsystem vendor, subsystem: 2 bytes each | class: 4 bytes | revision: 1 byte
 *            | flags | [serial] | [token] | IOAS | extensions |     flags: 1 has a serial, 2 has a token, 16 optional
 *   address  | domain: 2 bytes | bus: 1 byte | device: 5 bits, function: 3 bits |
 * </pre>
 *
 * <p>Not thread-safe; one instance for one record.
 */
final class OlderRecords {
  private static final int CALLER = 1;
  private static final int HAS_CRC = 2;

  private static final int READABLE = 1;
  private static final int WRITEABLE = 2;
  private static final int ANONYMOUS = 4;
  private static final int TRANSIENT = 8;

  private static final int HAS_SERIAL = 1;
  private static final int HAS_TOKEN = 2;

  /** In mappings and devices. */
  private static final int OPTIONAL = 16;

  private static final int UUID_BYTES = 16;

  private final Source body;
  private final Limits limits;

  /**
   * @param limits how much the record may hold
   */
  OlderRecords(Source body, Limits limits) {
    this.body = body;
    this.limits = limits;
  }

  SessionOpened session() {
    String name = body.text();
    UUID journal = body.uuid();
    long generation = body.varint();
    HostIdentity host = host();
    int boots = body.count(UUID_BYTES);
    if (boots > limits.objects()) {
      throw new MalformedException("a session of " + boots + " boots");
    }
    List<UUID> bootChain = new ArrayList<>(boots);
    for (int i = 0; i < boots; i++) {
      bootChain.add(body.uuid());
    }
    return new SessionOpened(name, journal, generation, host, bootChain, extensions());
  }

  HostIdentity host() {
    return new HostIdentity(body.text(), body.text(), body.text(), int31(), extensions());
  }

  FileAdded file() {
    long token = body.varint();
    String name = body.text();
    long sizeBytes = body.varint();
    int flags = flags(CALLER | HAS_CRC);
    return new FileAdded(
        new BackingFile(
            token,
            name,
            sizeBytes,
            (flags & CALLER) != 0 ? BackingFile.Origin.CALLER : BackingFile.Origin.POOL,
            (flags & HAS_CRC) != 0 ? OptionalLong.of(body.varint()) : OptionalLong.empty(),
            extensions()));
  }

  IoasAdded ioas() {
    return new IoasAdded(body.text(), extensions());
  }

  MappingAdded mapping() {
    String ioas = body.text();
    String name = body.text();
    IovaRange iova = new IovaRange(body.varint(), body.varint());
    int flags = flags(READABLE | WRITEABLE | ANONYMOUS | TRANSIENT | OPTIONAL);
    MappingState.Backing backing =
        (flags & ANONYMOUS) != 0
            ? new MappingState.Anonymous((flags & TRANSIENT) != 0)
            : new MappingState.File(body.varint(), body.varint());
    Source part = body.part(body.count(1));
    ExtentList extents =
        ExtentCodec.decode(part.array(), part.position(), part.remaining(), limits.extents());
    return new MappingAdded(
        ioas,
        new MappingState(
            name,
            iova,
            (flags & READABLE) != 0,
            (flags & WRITEABLE) != 0,
            backing,
            policy(flags),
            extents,
            extensions()));
  }

  DeviceBound deviceBound() {
    PciAddress address = address();
    int vendorId = body.u16();
    int deviceId = body.u16();
    int subsystemVendorId = body.u16();
    int subsystemId = body.u16();
    int classCode = body.u32();
    int revision = body.u8();
    int flags = flags(HAS_SERIAL | HAS_TOKEN | OPTIONAL);
    Optional<String> serial =
        (flags & HAS_SERIAL) != 0 ? Optional.of(body.text()) : Optional.empty();
    OptionalLong token =
        (flags & HAS_TOKEN) != 0 ? OptionalLong.of(body.varint()) : OptionalLong.empty();
    PciIdentity identity =
        new PciIdentity(
            vendorId, deviceId, subsystemVendorId, subsystemId, classCode, revision, serial);
    return new DeviceBound(
        new DeviceState(
            address, identity, body.text(), policy(flags), token, false, false, extensions()));
  }

  DeviceUnbound deviceUnbound() {
    return new DeviceUnbound(address());
  }

  private PciAddress address() {
    int domain = body.u16();
    int bus = body.u8();
    int slot = body.u8();
    return new PciAddress(domain, bus, slot >>> 3, slot & 7);
  }

  private Extensions extensions() {
    return CompactForm.readExtensions(body, limits);
  }

  private static Policy policy(int flags) {
    return (flags & OPTIONAL) != 0 ? Policy.OPTIONAL : Policy.REQUIRED;
  }

  private int flags(int known) {
    int flags = body.u8();
    if ((flags & ~known) != 0) {
      throw new MalformedException("flags 0x" + Integer.toHexString(flags));
    }
    return flags;
  }

  private int int31() {
    long value = body.varint();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new MalformedException("a number of more than 31 bits");
    }
    return (int) value;
  }
}
