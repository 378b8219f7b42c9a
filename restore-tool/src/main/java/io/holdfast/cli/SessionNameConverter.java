package io.holdfast.cli;

import io.holdfast.model.Names;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Accepts the names that a session can have; any other is wrong usage. */
final class SessionNameConverter implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    try {
      return Names.checkSession(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
