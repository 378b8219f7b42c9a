package io.holdfast.serializer;

/** The manifest is larger than this version reads or writes. */
public final class ManifestTooLargeException extends ManifestException {
  private static final long serialVersionUID = 1L;

  /**
   * @param what what is too large, such as {@code "the manifest"}
   * @param bytes how large it is, or at least is
   */
  public ManifestTooLargeException(String what, long bytes) {
    super(
        what + " is " + bytes + " bytes or more, the limit is " + Manifest.MAX_BYTES,
        "back DMA memory by fewer, larger runs of physical memory (huge pages in shmem), or split"
            + " the session",
        null);
  }
}
