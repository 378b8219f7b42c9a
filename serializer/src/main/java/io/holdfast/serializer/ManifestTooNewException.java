package io.holdfast.serializer;

/** The manifest was written by a version of Holdfast whose format this one cannot read. */
public final class ManifestTooNewException extends ManifestException {
  private static final long serialVersionUID = 1L;

  /**
   * @param found the version found, such as {@code "2.0"}
   * @param known the newest version this one reads
   */
  public ManifestTooNewException(String found, String known) {
    super(
        "the manifest has format " + found + ", this Holdfast reads up to " + known,
        "read it with the Holdfast that wrote it, or a newer one",
        null);
  }
}
