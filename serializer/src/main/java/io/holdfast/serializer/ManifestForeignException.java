package io.holdfast.serializer;

/**
 * The bytes are no manifest, or a manifest that belongs to another machine or another line of
 * boots.
 */
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

  /**
   * It was recorded on another machine.
   *
   * @param recorded the machine it names
   * @param here this machine
   */
  public static ManifestForeignException fromAnotherHost(String recorded, String here) {
    return new ManifestForeignException(
        "the manifest was recorded on host " + recorded + ", this is host " + here,
        "physical addresses mean nothing on another machine; restore it where it was recorded");
  }

  /**
   * It was recorded in a boot that this one does not follow by a live update.
   *
   * @param recorded the boot it was recorded in
   * @param expected the boot before this one, or this one
   */
  public static ManifestForeignException fromAnotherBootChain(String recorded, String expected) {
    return new ManifestForeignException(
        "the manifest was recorded in boot " + recorded + ", expected was boot " + expected,
        "the memory it describes was not handed over by that boot; start the session anew");
  }
}
