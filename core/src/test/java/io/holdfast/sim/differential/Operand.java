package io.holdfast.sim.differential;

/**
 * What a step is given: a number, a text, or a slot that an earlier step filled, plus an offset.
 *
 * <p>Slots are {@code f} (descriptors), {@code o} (ids of objects in an iommufd), {@code v}
 * (addresses in the process) and {@code i} (IOVAs), each with a number; {@code f3}, {@code
 * v0+0x1000}. {@code kind} is '#' for a number and '"' for a text.
 */
record Operand(char kind, int slot, long number, String text) {
  static final int SLOTS = 16;

  static Operand of(long number) {
    return new Operand('#', 0, number, "");
  }

  static Operand of(String text) {
    return new Operand('"', 0, 0, text);
  }

  static Operand slot(char kind, int slot, long offset) {
    return new Operand(kind, slot, offset, "");
  }

  static Operand parse(String word) {
    char first = word.charAt(0);
    if (first == '"') {
      return of(word.substring(1, word.length() - 1));
    }
    if (Character.isLetter(first)) {
      int plus = word.indexOf('+');
      String slot = plus < 0 ? word.substring(1) : word.substring(1, plus);
      return slot(
          first, Integer.parseInt(slot), plus < 0 ? 0 : parseNumber(word.substring(plus + 1)));
    }
    return of(parseNumber(word));
  }

  private static long parseNumber(String word) {
    return word.startsWith("0x")
        ? Long.parseUnsignedLong(word, 2, word.length(), 16)
        : Long.parseLong(word);
  }

  boolean isText() {
    return kind == '"';
  }

  boolean isNumber() {
    return kind == '#';
  }

  private static String print(long number) {
    return number >= -16 && number < 16 ? Long.toString(number) : "0x" + Long.toHexString(number);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case '"' -> '"' + text + '"';
      case '#' -> print(number);
      default -> "" + kind + slot + (number == 0 ? "" : "+" + print(number));
    };
  }
}
