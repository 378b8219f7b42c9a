package io.holdfast.model;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The one rule for the names of sessions, IOASes, files and buffers, and for every other text that
 * is recorded to be shown to people.
 *
 * <p>It is applied before anything is recorded and again to everything that is read, so what one
 * side accepts the other does too. A name is 1 to {@value #MAX_BYTES} bytes of UTF-8 and nothing in
 * it can disturb the line that it is printed in: no C0 or C1 control character, no line or
 * paragraph separator (U+2028, U+2029), none of the characters that reorder text (bidi controls) or
 * that cannot be seen (zero-width and other default-ignorable characters). The refused characters
 * are listed here and not asked of the JDK, whose next version may know more of them: a name that
 * was recorded must be readable for ever. Stateless and thread-safe.
 */
public final class Names {
  /** The longest name of anything but a session, in bytes of UTF-8. */
  public static final int MAX_BYTES = 255;

  /**
   * The longest name of a session, in bytes of UTF-8: what {@code struct
   * liveupdate_ioctl_create_session} has room for.
   */
  public static final int MAX_SESSION_BYTES = 63;

  private static final Pattern SESSION =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0," + (MAX_SESSION_BYTES - 1) + "}");

  /** First and last of each run of refused characters, ascending. */
  private static final int[] REFUSED = {
    0x0000, 0x001f, // C0
    0x007f, 0x009f, // DEL, C1
    0x00ad, 0x00ad, // soft hyphen
    0x034f, 0x034f, // combining grapheme joiner
    0x061c, 0x061c, // Arabic letter mark
    0x115f, 0x1160, // Hangul fillers
    0x17b4, 0x17b5, // Khmer inherent vowels
    0x180b, 0x180f, // Mongolian selectors and vowel separator
    0x200b, 0x200f, // zero-width space, joiners, left-to-right and right-to-left marks
    0x2028, 0x202e, // line and paragraph separator, bidi embeddings and overrides
    0x2060, 0x206f, // word joiner, invisible operators, bidi isolates
    0x3164, 0x3164, // Hangul filler
    0xfe00, 0xfe0f, // variation selectors
    0xfeff, 0xfeff, // zero-width no-break space
    0xffa0, 0xffa0, // halfwidth Hangul filler
    0xfff0, 0xfffb, // unassigned, interlinear annotation
    0x1bca0, 0x1bca3, // shorthand format controls
    0x1d173, 0x1d17a, // musical format controls
    0xe0000, 0xe0fff, // tags, variation selectors
  };

  private Names() {}

  /**
   * A name, if it is one.
   *
   * @param what whose name, for the message, such as {@code "the name of an IOAS"}
   * @throws IllegalArgumentException if it is missing, empty, longer than {@link #MAX_BYTES} bytes
   *     of UTF-8, or holds a refused character or half of a surrogate pair
   */
  public static String check(String what, String name) {
    Checks.notNull(what, name);
    if (name.isEmpty()) {
      throw new IllegalArgumentException(what + " is empty; it needs 1 to 255 bytes of UTF-8");
    }
    if (name.length() > MAX_BYTES) {
      throw tooLong(what);
    }
    if (isPrintableAscii(name)) {
      return name;
    }
    Checks.wholeCharacters(what, name);
    for (int i = 0; i < name.length(); i += Character.charCount(name.codePointAt(i))) {
      if (isRefused(name.codePointAt(i))) {
        throw new IllegalArgumentException(
            "%s holds the character U+%04X at index %d, which cannot be shown or reorders others"
                .formatted(what, name.codePointAt(i), i));
      }
    }
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw tooLong(what);
    }
    return name;
  }

  /**
   * A session's name, which is also a directory's and the kernel's.
   *
   * @throws IllegalArgumentException if it is not 1 to {@value #MAX_SESSION_BYTES} letters, digits,
   *     dots, hyphens and underscores of ASCII, beginning with a letter or digit
   */
  public static String checkSession(String name) {
    Checks.notNull("the name of a session", name);
    if (!SESSION.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not a session name: \""
              + printable(name)
              + "\"; use 1 to 63 letters, digits, dots, hyphens and underscores, beginning"
              + " with a letter or digit");
    }
    return name;
  }

  /**
   * The kernel's name of a live update session, which need not be one that a directory can have.
   *
   * @throws IllegalArgumentException if it is no name, or longer than {@value #MAX_SESSION_BYTES}
   *     bytes of UTF-8
   */
  public static String checkLiveUpdateSession(String name) {
    String what = "the name of a live update session";
    check(what, name);
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_SESSION_BYTES) {
      throw new IllegalArgumentException(
          what + " is longer than " + MAX_SESSION_BYTES + " bytes of UTF-8");
    }
    return name;
  }

  /** Whether a name may not hold this character. */
  public static boolean isRefused(int codePoint) {
    for (int run = 0; run < REFUSED.length && REFUSED[run] <= codePoint; run += 2) {
      if (codePoint <= REFUSED[run + 1]) {
        return true;
      }
    }
    return false;
  }

  private static IllegalArgumentException tooLong(String what) {
    return new IllegalArgumentException(what + " is longer than " + MAX_BYTES + " bytes of UTF-8");
  }

  private static boolean isPrintableAscii(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < 0x20 || c > 0x7e) {
        return false;
      }
    }
    return true;
  }

  /**
   * The start of a text that is no name, for a message: what a name may not hold is spelled out.
   */
  private static String printable(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(MAX_SESSION_BYTES + 1L)
        .forEach(c -> {
          if (isRefused(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            shown.append("\\u{").append(Integer.toHexString(c)).append('}');
          } else {
            shown.appendCodePoint(c);
          }
        });
    return text.codePointCount(0, text.length()) > MAX_SESSION_BYTES + 1
        ? shown.append('…').toString()
        : shown.toString();
  }
}
