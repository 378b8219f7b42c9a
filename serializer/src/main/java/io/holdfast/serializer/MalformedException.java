package io.holdfast.serializer;

/**
 * Bytes are not what this version writes; whoever knows where they come from says so in its own
 * words.
 */
public final class MalformedException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String where;
  private final String what;

  /** What is wrong; where is told by whoever catches it. */
  public MalformedException(String what) {
    this("", what);
  }

  MalformedException(String where, String what) {
    super(where.isEmpty() ? what : where + ": " + what);
    this.where = where;
    this.what = what;
  }

  /** As {@link #MalformedException(String)}, with the exception that led to this one. */
  public MalformedException(String what, Throwable cause) {
    super(what, cause);
    this.where = "";
    this.what = what;
  }

  /** Where, such as {@code byte 7 of the extents}; empty if that is not known. */
  public String where() {
    return where;
  }

  /** What is wrong there. */
  public String what() {
    return what;
  }
}
