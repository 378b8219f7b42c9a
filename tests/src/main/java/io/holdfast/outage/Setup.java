package io.holdfast.outage;

/**
 * How much memory a driver has: equal buffers.
 *
 * @param count how many buffers
 * @param bytes how long each is, whole pages
 */
record Setup(int count, long bytes) {
  /** Reads {@code COUNTxBYTES}. */
  static Setup parse(String text) {
    String[] parts = text.split("x", 2);
    return new Setup(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
  }

  /** {@code COUNTxBYTES}, as figures name it. */
  String id() {
    return count + "x" + bytes;
  }

  /** For people: {@code 10,000 × 4 KiB}. */
  String title() {
    String size =
        bytes >= 1 << 30
            ? (bytes >> 30) + " GiB"
            : bytes >= 1 << 20 ? (bytes >> 20) + " MiB" : (bytes >> 10) + " KiB";
    return "%,d × %s".formatted(count, size);
  }
}
