package io.holdfast.serializer;

/** The bytes are no manifest, or the manifest of another session. */
public final class ManifestForeignException extends ManifestException {
  private static final long serialVersionUID = 1L;

  /**
   * @param problem what is foreign, without a full stop
   * @param remedy what the reader can do
   */
  public ManifestForeignException(String problem, String remedy) {
    super(problem, remedy, null);
  }

  /** The bytes do not begin as a manifest does. */
  static ManifestForeignException noManifest(String found) {
    return new ManifestForeignException(
        "this is not a Holdfast manifest: " + found,
        "name the manifest beside the journal, or the live update session");
  }
}
