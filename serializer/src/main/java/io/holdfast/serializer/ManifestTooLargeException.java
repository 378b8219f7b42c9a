package io.holdfast.serializer;

/** The manifest is larger than this version reads or writes. */
public final class ManifestTooLargeException extends ManifestException {
  private static final long serialVersionUID = 1L;

  /** It has more in it than is decoded from so many bytes. */
  ManifestTooLargeException(long objects, long extents, long bytes) {
    super(
        "the manifest has "
            + objects
            + " records and "
            + extents
            + " extents; in its "
            + bytes
            + " bytes at most "
            + Limits.of(bytes).objects()
            + " and "
            + Limits.of(bytes).extents()
            + " are read",
        "back DMA memory by fewer, larger runs of physical memory (huge pages in shmem), or split"
            + " the session",
        null);
  }

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
