package io.holdfast.session;

import java.util.regex.Pattern;

/** The rule for the names of sessions, IOASes, files and buffers. */
public final class SessionName {
  private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final int MAX_LENGTH = 255;

  private SessionName() {}

  /**
   * A session's name, which is also a folder's and the kernel's: 1 to 63 letters, digits, dots,
   * hyphens, underscores.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public static String check(String name) {
    if (!SESSION.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not a session name: \""
              + name
              + "\"; use 1 to 63 letters, digits, dots, hyphens and underscores, beginning"
              + " with a letter or digit");
    }
    return name;
  }

  /**
   * The name of an IOAS, a file or a buffer: 1 to 255 characters, none of them a control character.
   */
  public static String checkLabel(String what, String name) {
    if (name.isEmpty()
        || name.length() > MAX_LENGTH
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "not a name for "
              + what
              + ": it needs 1 to 255 characters, none of them a control character");
    }
    return name;
  }
}
