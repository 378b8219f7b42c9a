package io.holdfast.model;

import java.util.Optional;

/**
 * What a PCI function is, as its configuration space tells: enough to notice that another device
 * sits at its address.
 *
 * <p>Immutable and thread-safe. A value out of its range is answered with {@link
 * IllegalArgumentException}.
 *
 * @param vendorId 0 to 0xffff
 * @param deviceId 0 to 0xffff
 * @param subsystemVendorId 0 to 0xffff
 * @param subsystemId 0 to 0xffff
 * @param classCode 24 bits: class, subclass, programming interface
 * @param revision 0 to 0xff
 * @param serial the device serial number capability, where the device has one: by {@link
 *     Names#check}, by convention 16 hex digits
 */
public record PciIdentity(
    int vendorId,
    int deviceId,
    int subsystemVendorId,
    int subsystemId,
    int classCode,
    int revision,
    Optional<String> serial) {
  public PciIdentity {
    Checks.within("a PCI vendor id", vendorId, 0xffff);
    Checks.within("a PCI device id", deviceId, 0xffff);
    Checks.within("a PCI subsystem vendor id", subsystemVendorId, 0xffff);
    Checks.within("a PCI subsystem id", subsystemId, 0xffff);
    Checks.within("a PCI class code", classCode, 0xff_ffff);
    Checks.within("a PCI revision", revision, 0xff);
    Checks.notNull("a PCI serial number", serial);
    if (serial.isPresent()) {
      Names.check("a PCI serial number", serial.get());
    }
  }

  // The JVM makes a record's own when it is first called, which takes a restore milliseconds.
  @Override
  public boolean equals(Object other) {
    return other instanceof PciIdentity that
        && vendorId == that.vendorId
        && deviceId == that.deviceId
        && subsystemVendorId == that.subsystemVendorId
        && subsystemId == that.subsystemId
        && classCode == that.classCode
        && revision == that.revision
        && serial.equals(that.serial);
  }

  @Override
  public int hashCode() {
    return 31 * (vendorId << 16 | deviceId) + (subsystemVendorId << 16 | subsystemId);
  }

  /** {@code 1234:11e8 (subsystem 1af4:1100, class 00ff00, revision 10)}. */
  @Override
  public String toString() {
    return "%04x:%04x (subsystem %04x:%04x, class %06x, revision %02x%s)"
        .formatted(
            vendorId,
            deviceId,
            subsystemVendorId,
            subsystemId,
            classCode,
            revision,
            serial.map(text -> ", serial " + text).orElse(""));
  }
}
