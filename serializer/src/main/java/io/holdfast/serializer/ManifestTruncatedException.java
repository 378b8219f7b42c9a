package io.holdfast.serializer;

/** The bytes end before the manifest does. */
public final class ManifestTruncatedException extends ManifestException {
  private static final long serialVersionUID = 1L;

  /**
   * @param actualBytes how many bytes there are
   * @param neededBytes how many there must be at least
   */
  public ManifestTruncatedException(long actualBytes, long neededBytes) {
    super(
        "the manifest is cut off after " + actualBytes + " of at least " + neededBytes + " bytes",
        "read the whole file or memfd; if that is what was read, take the other copy (the one"
            + " beside the journal, or the one in the live update session)",
        null);
  }
}
