package io.holdfast.cli;

import io.holdfast.session.SessionName;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Accepts the names that a session can have; any other is wrong usage. */
final class SessionNameConverter implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    try {
      return SessionName.check(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
