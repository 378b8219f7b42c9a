package io.holdfast.serializer;

import io.holdfast.model.DeviceState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@link DeviceState} as a record, with the fields of its {@link PciIdentity} among its own.
 *
 * <p>In CBOR the address is one number, as PCI itself packs it: domain (16 bits), bus (8), device
 * (5), function (3).
 */
final class DeviceCodec {
  private static final int ADDRESS = 0;
  private static final int VENDOR = 1;
  private static final int DEVICE = 2;
  private static final int SUBSYSTEM_VENDOR = 3;
  private static final int SUBSYSTEM = 4;
  private static final int CLASS = 5;
  private static final int REVISION = 6;
  private static final int SERIAL = 7;
  private static final int IOAS = 8;
  private static final int POLICY = 9;
  private static final int TOKEN = 10;
  private static final int BEHIND_IOMMU = 11;
  private static final int OWN_PAGE_TABLE = 12;
  private static final Schema SCHEMA =
      new Schema(
          "a",
          "address",
          "v",
          "vendorId",
          "d",
          "deviceId",
          "sv",
          "subsystemVendorId",
          "sd",
          "subsystemId",
          "c",
          "classCode",
          "r",
          "revision",
          "s",
          "serial",
          "i",
          "ioas",
          "p",
          "policy",
          "t",
          "token",
          "b",
          "behindIommu",
          "h",
          "ownPageTable");

  private DeviceCodec() {}

  static void write(RecordWriter out, DeviceState device) throws IOException {
    PciAddress address = device.address();
    PciIdentity identity = device.identity();
    out.begin();
    if (out.isJson()) {
      out.text(SCHEMA, ADDRESS, address.toString());
    } else {
      out.number(SCHEMA, ADDRESS, Integer.toUnsignedLong(address.packed()));
    }
    out.address(SCHEMA, VENDOR, identity.vendorId());
    out.address(SCHEMA, DEVICE, identity.deviceId());
    out.address(SCHEMA, SUBSYSTEM_VENDOR, identity.subsystemVendorId());
    out.address(SCHEMA, SUBSYSTEM, identity.subsystemId());
    out.address(SCHEMA, CLASS, identity.classCode());
    out.address(SCHEMA, REVISION, identity.revision());
    if (identity.serial().isPresent()) {
      out.text(SCHEMA, SERIAL, identity.serial().get());
    }
    out.text(SCHEMA, IOAS, device.ioas());
    Policies.write(out, SCHEMA, POLICY, device.policy());
    if (device.token().isPresent()) {
      out.number(SCHEMA, TOKEN, device.token().getAsLong());
    }
    if (device.behindIommu()) {
      out.flag(SCHEMA, BEHIND_IOMMU, true);
    }
    if (device.ownPageTable()) {
      out.flag(SCHEMA, OWN_PAGE_TABLE, true);
    }
    out.end(SCHEMA, device.extensions());
  }

  static DeviceState read(RecordReader in) throws IOException {
    PciAddress address = null;
    int[] identity = new int[REVISION + 1];
    Optional<String> serial = Optional.empty();
    String ioas = null;
    Policy policy = Policy.REQUIRED;
    OptionalLong token = OptionalLong.empty();
    boolean behindIommu = false;
    boolean ownPageTable = false;
    RecordFields fields = new RecordFields(in, SCHEMA);
    while (fields.next()) {
      switch (fields.field()) {
        case ADDRESS -> address = address(in);
        case VENDOR, DEVICE, SUBSYSTEM_VENDOR, SUBSYSTEM, CLASS, REVISION ->
            identity[fields.field()] = identifier(in);
        case SERIAL -> serial = Optional.of(in.text());
        case IOAS -> ioas = in.text();
        case POLICY -> policy = Policies.read(in);
        case TOKEN -> token = OptionalLong.of(in.number());
        case BEHIND_IOMMU -> behindIommu = in.flag();
        default -> ownPageTable = in.flag();
      }
    }
    fields.require(ADDRESS, VENDOR, DEVICE, SUBSYSTEM_VENDOR, SUBSYSTEM, CLASS, REVISION, IOAS);
    PciIdentity pci =
        new PciIdentity(
            identity[VENDOR],
            identity[DEVICE],
            identity[SUBSYSTEM_VENDOR],
            identity[SUBSYSTEM],
            identity[CLASS],
            identity[REVISION],
            serial);
    DeviceState device =
        new DeviceState(
            address, pci, ioas, policy, token, behindIommu, ownPageTable, fields.extensions());
    fields.end();
    return device;
  }

  private static PciAddress address(RecordReader in) throws IOException {
    if (in.isJson()) {
      return PciAddress.parse(in.text());
    }
    long packed = in.number();
    if (packed < 0 || packed > 0xffff_ffffL) {
      throw in.corrupt("a packed PCI address has 32 bits");
    }
    return PciAddress.ofPacked((int) packed);
  }

  private static int identifier(RecordReader in) throws IOException {
    long value = in.address();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw in.corrupt("a PCI identifier has at most 24 bits");
    }
    return (int) value;
  }
}
