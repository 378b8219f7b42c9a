package io.holdfast.journal;

import io.holdfast.journal.Source.MalformedException;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import io.holdfast.serializer.ExtentCodec;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The model's records in bytes.
 *
 * <pre>
 *   host     | machine id | kernel release | architecture | page size | extensions |
 *   file     | token | name | size | flags | [CRC-32C] | extensions |         flags: 1 CALLER, 2 has a CRC
 *   mapping  | name | IOVA | length | flags | [token | offset] | extents | extensions |
 *            flags: 1 readable, 2 writeable, 4 anonymous, 8 declared transient, 16 optional;
 *            token and offset unless anonymous; extents: length and {@link ExtentCodec}'s bytes
 *   device   | address | vendor, device, subsystem vendor, subsystem: 2 bytes each | class: 4 bytes | revision: 1 byte
 *            | flags | [serial] | [token] | IOAS | extensions |     flags: 1 has a serial, 2 has a token, 16 optional
 *   address  | domain: 2 bytes | bus: 1 byte | device: 5 bits, function: 3 bits |
 * </pre>
 */
final class ModelCodec {
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

  private ModelCodec() {}

  static void writeHost(Sink sink, HostIdentity host) {
    sink.text(host.machineId());
    sink.text(host.kernelRelease());
    sink.text(host.architecture());
    sink.varint(host.pageSizeBytes());
    ExtensionsCodec.write(sink, host.extensions());
  }

  static HostIdentity readHost(Source source) throws MalformedException {
    return new HostIdentity(
        source.text(), source.text(), source.text(), int31(source), ExtensionsCodec.read(source));
  }

  static void writeFile(Sink sink, BackingFile file) {
    sink.varint(file.token());
    sink.text(file.name());
    sink.varint(file.sizeBytes());
    sink.u8(
        (file.origin() == BackingFile.Origin.CALLER ? CALLER : 0)
            | (file.crc32c().isPresent() ? HAS_CRC : 0));
    if (file.crc32c().isPresent()) {
      sink.varint(file.crc32c().getAsLong());
    }
    ExtensionsCodec.write(sink, file.extensions());
  }

  static BackingFile readFile(Source source) throws MalformedException {
    long token = source.varint();
    String name = source.text();
    long sizeBytes = source.varint();
    int flags = flags(source, CALLER | HAS_CRC);
    return new BackingFile(
        token,
        name,
        sizeBytes,
        (flags & CALLER) != 0 ? BackingFile.Origin.CALLER : BackingFile.Origin.POOL,
        (flags & HAS_CRC) != 0 ? OptionalLong.of(source.varint()) : OptionalLong.empty(),
        ExtensionsCodec.read(source));
  }

  static void writeMapping(Sink sink, MappingState mapping) {
    sink.text(mapping.name());
    sink.varint(mapping.iova().start());
    sink.varint(mapping.iova().lengthBytes());
    int flags =
        (mapping.readable() ? READABLE : 0)
            | (mapping.writeable() ? WRITEABLE : 0)
            | (mapping.policy() == Policy.OPTIONAL ? OPTIONAL : 0);
    switch (mapping.backing()) {
      case MappingState.File file -> {
        sink.u8(flags);
        sink.varint(file.token());
        sink.varint(file.offsetBytes());
      }
      case MappingState.Anonymous anonymous ->
          sink.u8(flags | ANONYMOUS | (anonymous.declaredTransient() ? TRANSIENT : 0));
    }
    sink.extents(mapping.extents());
    ExtensionsCodec.write(sink, mapping.extensions());
  }

  static MappingState readMapping(Source source) throws MalformedException {
    String name = source.text();
    IovaRange iova = new IovaRange(source.varint(), source.varint());
    int flags = flags(source, READABLE | WRITEABLE | ANONYMOUS | TRANSIENT | OPTIONAL);
    MappingState.Backing backing =
        (flags & ANONYMOUS) != 0
            ? new MappingState.Anonymous((flags & TRANSIENT) != 0)
            : new MappingState.File(source.varint(), source.varint());
    int length = source.count(1);
    Source part = source.part(length);
    ExtentList extents = ExtentCodec.decode(part.array(), part.position(), length);
    return new MappingState(
        name,
        iova,
        (flags & READABLE) != 0,
        (flags & WRITEABLE) != 0,
        backing,
        policy(flags),
        extents,
        ExtensionsCodec.read(source));
  }

  static void writeDevice(Sink sink, DeviceState device) {
    PciIdentity identity = device.identity();
    writeAddress(sink, device.address());
    sink.u16(identity.vendorId());
    sink.u16(identity.deviceId());
    sink.u16(identity.subsystemVendorId());
    sink.u16(identity.subsystemId());
    sink.u32(identity.classCode());
    sink.u8(identity.revision());
    sink.u8(
        (identity.serial().isPresent() ? HAS_SERIAL : 0)
            | (device.token().isPresent() ? HAS_TOKEN : 0)
            | (device.policy() == Policy.OPTIONAL ? OPTIONAL : 0));
    if (identity.serial().isPresent()) {
      sink.text(identity.serial().get());
    }
    if (device.token().isPresent()) {
      sink.varint(device.token().getAsLong());
    }
    sink.text(device.ioas());
    ExtensionsCodec.write(sink, device.extensions());
  }

  static DeviceState readDevice(Source source) throws MalformedException {
    PciAddress address = readAddress(source);
    int vendorId = source.u16();
    int deviceId = source.u16();
    int subsystemVendorId = source.u16();
    int subsystemId = source.u16();
    int classCode = source.u32();
    int revision = source.u8();
    int flags = flags(source, HAS_SERIAL | HAS_TOKEN | OPTIONAL);
    Optional<String> serial =
        (flags & HAS_SERIAL) != 0 ? Optional.of(source.text()) : Optional.empty();
    OptionalLong token =
        (flags & HAS_TOKEN) != 0 ? OptionalLong.of(source.varint()) : OptionalLong.empty();
    return new DeviceState(
        address,
        new PciIdentity(
            vendorId, deviceId, subsystemVendorId, subsystemId, classCode, revision, serial),
        source.text(),
        policy(flags),
        token,
        ExtensionsCodec.read(source));
  }

  static void writeAddress(Sink sink, PciAddress address) {
    sink.u16(address.domain());
    sink.u8(address.bus());
    sink.u8(address.device() << 3 | address.function());
  }

  static PciAddress readAddress(Source source) throws MalformedException {
    int domain = source.u16();
    int bus = source.u8();
    int slot = source.u8();
    return new PciAddress(domain, bus, slot >>> 3, slot & 7);
  }

  private static Policy policy(int flags) {
    return (flags & OPTIONAL) != 0 ? Policy.OPTIONAL : Policy.REQUIRED;
  }

  private static int flags(Source source, int known) throws MalformedException {
    int flags = source.u8();
    if ((flags & ~known) != 0) {
      throw new MalformedException("flags 0x" + Integer.toHexString(flags));
    }
    return flags;
  }

  private static int int31(Source source) throws MalformedException {
    long value = source.varint();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new MalformedException("a number of more than 31 bits");
    }
    return (int) value;
  }
}
