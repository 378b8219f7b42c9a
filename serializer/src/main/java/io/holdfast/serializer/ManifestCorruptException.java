package io.holdfast.serializer;

/** The manifest is damaged, or says something that cannot be. */
public final class ManifestCorruptException extends ManifestException {
  private static final long serialVersionUID = 1L;

  private final String where;
  private final String what;

  /**
   * @param where the byte offset or the path of the field, such as {@code
   *     session.ioases[0].mappings[3].extents}
   * @param what what is wrong there
   */
  public ManifestCorruptException(String where, String what) {
    this(where, what, null);
  }

  /**
   * As {@link #ManifestCorruptException(String, String)}, with the exception that led to this one.
   */
  public ManifestCorruptException(String where, String what, Throwable cause) {
    super(
        "the manifest is corrupt at " + where + ": " + what,
        "nothing was restored from it; take the other copy (the one beside the journal, or the one"
            + " in the live update session)",
        cause);
    this.where = where;
    this.what = what;
  }

  /** The byte offset or the path of the field that is wrong. */
  public String where() {
    return where;
  }

  /** What is wrong there. */
  public String what() {
    return what;
  }
}
