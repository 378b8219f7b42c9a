package io.holdfast.sim;

/**
 * How many files are open on a machine, whoever holds them: what {@code /proc/sys/fs/file-nr} says.
 */
final class OpenFileCount {
  private int files;

  void add(int change) {
    files += change;
  }

  int files() {
    return files;
  }
}
