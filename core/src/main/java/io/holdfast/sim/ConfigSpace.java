package io.holdfast.sim;

import io.holdfast.model.PciIdentity;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A function's configuration space: what may be written is what a device lets be written. The bytes
 * are memory that outlives a kexec.
 */
final class ConfigSpace {
  static final int CONVENTIONAL_BYTES = 256;
  static final int EXPRESS_BYTES = 4096;
  static final int COMMAND = 0x04;
  static final int COMMAND_MEMORY = 0x2;
  static final int COMMAND_MASTER = 0x4;
  private static final int COMMAND_INTX_DISABLE = 0x400;

  private static final int STATUS = 0x06;
  private static final int FIRST_BAR = 0x10;
  private static final int SUBSYSTEM = 0x2c;
  private static final int CAPABILITIES = 0x34;
  private static final int INTERRUPT_LINE = 0x3c;
  private static final int MSI = 0x40;
  private static final int MSIX = 0x50;
  private static final int MSIX_END = MSIX + 12;
  private static final int MSIX_ENABLED = 0x80;
  private static final int EXPRESS = 0x60;
  private static final int MSIX_ENTRY_BYTES = 16;
  private static final int SERIAL_NUMBER = 0x100;

  /** I/O, memory and SERR on: what the firmware and PCI core leave behind. */
  private static final int COMMAND_AT_BOOT = 0x103;

  /** I/O, memory, bus master, SERR, INTx disable. */
  private static final int COMMAND_WRITABLE = 0x507;

  private static final int HEADER_BYTES = 64;

  /** Where the capabilities of a conventional device end, and plain memory begins. */
  private static final int CAPABILITIES_END = 0x4e;

  private final MemorySegment bytes;
  private final int size;
  private final MsiRegisters msi;
  private final boolean hasMsi;
  private final int msixVectors;
  private final int msixTableOffset;
  private final long[] barBytes = new long[6];

  ConfigSpace(MemorySegment bytes, SimulatedDevice device) {
    this.bytes = bytes;
    this.msi = new MsiRegisters(bytes, MSI);
    this.hasMsi = device.hasMsi();
    this.msixVectors = device.msixVectors();
    this.msixTableOffset = device.msixTableOffset();
    this.size = device.isExpress() ? EXPRESS_BYTES : CONVENTIONAL_BYTES;
    for (int bar = 0; bar < barBytes.length; bar++) {
      barBytes[bar] = device.barBytes(bar);
    }
  }

  int size() {
    return size;
  }

  MsiRegisters msi() {
    return msi;
  }

  /**
   * Writes what the device is; {@code firstBarAddress} is where the firmware puts its first BAR.
   */
  void powerOn(PciIdentity identity, boolean express, long firstBarAddress) {
    bytes.fill((byte) 0);
    put16(0x00, identity.vendorId());
    put16(0x02, identity.deviceId());
    put16(COMMAND, COMMAND_AT_BOOT);
    put16(STATUS, 0x10);
    put32(0x08, identity.classCode() << 8 | identity.revision());
    long address = firstBarAddress;
    for (int bar = 0; bar < barBytes.length; bar++) {
      if (barBytes[bar] > 0) {
        address = (address + barBytes[bar] - 1) & -barBytes[bar];
        put32(FIRST_BAR + 4 * bar, (int) address);
        address += barBytes[bar];
      }
    }
    put16(SUBSYSTEM, identity.subsystemVendorId());
    put16(SUBSYSTEM + 2, identity.subsystemId());
    bytes.set(ValueLayout.JAVA_BYTE, INTERRUPT_LINE, (byte) 10);
    bytes.set(ValueLayout.JAVA_BYTE, INTERRUPT_LINE + 1, (byte) 1);
    int link = CAPABILITIES;
    if (hasMsi) {
      link = capability(link, MSI, 0x05);
      put16(MSI + 2, 0x0080);
    }
    if (msixVectors > 0) {
      link = capability(link, MSIX, 0x11);
      put16(MSIX + 2, msixVectors - 1);
      put32(MSIX + 4, msixTableOffset);
      put32(MSIX + 8, msixTableOffset + MSIX_ENTRY_BYTES * msixVectors);
    }
    if (express) {
      // Version 2, endpoint; and the serial number in extended space.
      capability(link, EXPRESS, 0x10);
      put16(EXPRESS + 2, 0x0002);
      identity.serial().ifPresent(this::putSerial);
    }
  }

  /** Begins a capability, and answers where the next one is linked from. */
  private int capability(int link, int at, int id) {
    bytes.set(ValueLayout.JAVA_BYTE, link, (byte) at);
    put16(at, id);
    return at + 1;
  }

  boolean hasMsi() {
    return hasMsi;
  }

  int msixVectors() {
    return msixVectors;
  }

  /** Whether an access of a BAR is one of the MSI-X table, which the kernel keeps to itself. */
  boolean isMsixTable(int bar, long offset) {
    return bar == 0
        && offset >= msixTableOffset
        && offset < msixTableOffset + (long) MSIX_ENTRY_BYTES * msixVectors;
  }

  /** MSI-X is in use or not; a driver sees that, and cannot change it. */
  void showMsix(boolean enabled) {
    if (msixVectors > 0) {
      int high = bytes.get(ValueLayout.JAVA_BYTE, MSIX + 3) & ~MSIX_ENABLED;
      bytes.set(ValueLayout.JAVA_BYTE, MSIX + 3, (byte) (enabled ? high | MSIX_ENABLED : high));
    }
  }

  private void putSerial(String hex) {
    put32(SERIAL_NUMBER, 0x0001_0003);
    bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, SERIAL_NUMBER + 4, Long.parseUnsignedLong(hex, 16));
  }

  int command() {
    return bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, COMMAND) & 0xffff;
  }

  void clearBusMaster() {
    put16(COMMAND, command() & ~COMMAND_MASTER);
  }

  boolean isBusMaster() {
    return (command() & COMMAND_MASTER) != 0;
  }

  boolean isIntxDisabled() {
    return (command() & COMMAND_INTX_DISABLE) != 0;
  }

  /** What is put back when the driver lets go of the device. */
  byte[] save() {
    return bytes.asSlice(0, HEADER_BYTES).toArray(ValueLayout.JAVA_BYTE);
  }

  void restore(byte[] saved) {
    MemorySegment.copy(saved, 0, bytes, ValueLayout.JAVA_BYTE, 0, saved.length);
  }

  boolean isMemoryEnabled() {
    return (command() & COMMAND_MEMORY) != 0;
  }

  long barAddress(int bar) {
    return bytes.get(ValueLayout.JAVA_INT_UNALIGNED, FIRST_BAR + 4L * bar) & 0xffff_fff0L;
  }

  long barBytes(int bar) {
    return barBytes[bar];
  }

  void read(long offset, MemorySegment target) {
    MemorySegment.copy(bytes, offset, target, 0, target.byteSize());
  }

  void write(long offset, MemorySegment source) {
    for (long i = 0; i < source.byteSize(); i++) {
      int at = (int) (offset + i);
      int mask = writable(at);
      int value = source.get(ValueLayout.JAVA_BYTE, i);
      int old = bytes.get(ValueLayout.JAVA_BYTE, at);
      bytes.set(ValueLayout.JAVA_BYTE, at, (byte) ((old & ~mask) | (value & mask)));
    }
  }

  /** Which bits of a byte can be written. */
  private int writable(int at) {
    if (at == COMMAND || at == COMMAND + 1) {
      return (COMMAND_WRITABLE >> (8 * (at - COMMAND))) & 0xff;
    }
    if (at >= FIRST_BAR && at < FIRST_BAR + 24) {
      int bar = (at - FIRST_BAR) / 4;
      return barBytes[bar] == 0 ? 0 : (int) (-barBytes[bar] >> (8 * (at % 4))) & 0xff;
    }
    boolean msix = msixVectors > 0 && at >= MSIX && at < MSIX_END;
    boolean memory = at >= CAPABILITIES_END && size == CONVENTIONAL_BYTES && !msix;
    return memory || at == 0x0c || at == INTERRUPT_LINE ? 0xff : 0;
  }

  private void put16(long at, int value) {
    bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) value);
  }

  private void put32(long at, int value) {
    bytes.set(ValueLayout.JAVA_INT_UNALIGNED, at, value);
  }
}
