package io.holdfast.model;

import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a PCI function sits (its BDF, with the domain): {@code 0000:00:04.0}.
 *
 * @param domain 0 to 0xffff
 * @param bus 0 to 0xff
 * @param device 0 to 0x1f
 * @param function 0 to 7
 */
public record PciAddress(int domain, int bus, int device, int function)
    implements Comparable<PciAddress> {
  private static final Pattern FORM =
      Pattern.compile("(?:([0-9a-fA-F]{4}):)?([0-9a-fA-F]{2}):([0-9a-fA-F]{2})\\.([0-7])");

  private static final HexFormat HEX = HexFormat.of();

  public PciAddress {
    if (domain < 0
        || domain > 0xffff
        || bus < 0
        || bus > 0xff
        || device < 0
        || device > 0x1f
        || function < 0
        || function > 7) {
      throw new IllegalArgumentException(
          "not a PCI address: domain %#x, bus %#x, device %#x, function %d"
              .formatted(domain, bus, device, function));
    }
  }

  /**
   * Reads {@code 0000:00:04.0}, or {@code 00:04.0} in domain 0.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static PciAddress parse(String text) {
    Matcher match = FORM.matcher(text);
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "not a PCI address: \""
              + text
              + "\"; write DOMAIN:BUS:DEVICE.FUNCTION in hex, such as 0000:00:04.0");
    }
    int domain = match.group(1) == null ? 0 : Integer.parseInt(match.group(1), 16);
    return new PciAddress(
        domain,
        Integer.parseInt(match.group(2), 16),
        Integer.parseInt(match.group(3), 16),
        Integer.parseInt(match.group(4)));
  }

  /** The address that {@link #packed} packs so. */
  public static PciAddress ofPacked(int packed) {
    return new PciAddress(packed >>> 16, (packed >>> 8) & 0xff, (packed >>> 3) & 0x1f, packed & 7);
  }

  // As PciIdentity's: a record's own would be made by the first restore.
  @Override
  public boolean equals(Object other) {
    return other instanceof PciAddress that && packed() == that.packed();
  }

  @Override
  public int hashCode() {
    return packed();
  }

  @Override
  public int compareTo(PciAddress other) {
    return Integer.compareUnsigned(packed(), other.packed());
  }

  /** As PCI packs it: domain (16 bits), bus (8), device (5), function (3). */
  public int packed() {
    return domain << 16 | bus << 8 | device << 3 | function;
  }

  /** The form sysfs uses: {@code 0000:00:04.0}. */
  @Override
  public String toString() {
    // Not by a format, whose first use loads the locale's digits: a restore needs this at once.
    return HEX.toHexDigits((short) domain)
        + ':'
        + HEX.toHexDigits((byte) bus)
        + ':'
        + HEX.toHexDigits((byte) device)
        + '.'
        + function;
  }
}
