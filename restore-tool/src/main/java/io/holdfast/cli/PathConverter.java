package io.holdfast.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Accepts what can be a path; anything else is wrong usage. */
final class PathConverter implements ITypeConverter<Path> {
  @Override
  public Path convert(String text) {
    if (text.isEmpty()) {
      throw new TypeConversionException("a path cannot be empty");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          text.indexOf('\0') >= 0
              ? "a path cannot contain a zero byte"
              : "\"" + text + "\" cannot be a path in this locale; set LC_ALL=C.UTF-8");
    }
  }
}
