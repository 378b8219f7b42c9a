package io.holdfast.cli;

import io.holdfast.model.PciAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a PCI address from the command line. */
final class PciAddressConverter implements ITypeConverter<PciAddress> {
  @Override
  public PciAddress convert(String text) {
    try {
      return PciAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
