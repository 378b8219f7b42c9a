package io.holdfast.sys;

import io.holdfast.model.HoldfastException;

/** The C library this JVM runs on does not have a function that Holdfast calls. */
public final class MissingSymbolException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  private final String symbol;

  MissingSymbolException(String symbol) {
    super(
        "the C library has no function " + symbol,
        "run on a 64-bit Linux with glibc 2.30 or newer (`ldd --version` tells)");
    this.symbol = symbol;
  }

  /** The C name of the function. */
  public String symbol() {
    return symbol;
  }
}
