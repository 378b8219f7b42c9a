package io.holdfast.store;

/** The rule for the names of descriptors: {@code fdname_is_valid()} of systemd. */
final class DescriptorNames {
  static final int MAX_LENGTH = 255;

  private DescriptorNames() {}

  static boolean isValid(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_LENGTH
        && name.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != ':');
  }
}
