package io.holdfast;

import io.holdfast.disk.PlainFile;
import io.holdfast.disk.Privacy;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionException;
import io.holdfast.session.UntrustedFileException;
import io.holdfast.session.VfTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A file of VF tokens, for a driver that is given its secrets in files: a line each of an address
 * and a UUID, such as {@code 0000:3b:02.0 14a63b5e-9c6f-4a0c-8f4d-1d1d0e0f7a11}; empty lines and
 * ones that start with # are passed over.
 *
 * <p>It is as secret as they are: it belongs to this user or root, and nobody else can read it.
 * Where systemd lets a service's user read a credential by an ACL, the file is root's, and the bits
 * of its group are the ACL's mask. Thread-safe.
 */
public final class VfTokenFile {
  private static final int OTHERS = 077;
  private static final int GROUP_READS = 040;
  private static final int MOST_BYTES = 1 << 20;
  private static final String REMEDY =
      "write a line for each device: ADDRESS UUID, such as 0000:3b:02.0 followed by what uuidgen"
          + " prints";

  private VfTokenFile() {}

  /**
   * Reads it, at most 1 MiB.
   *
   * @throws UntrustedFileException if others than this user and root can read or write it
   * @throws SessionException naming the line that is something else; no token is told
   * @throws IOException if it cannot be read
   */
  public static VfTokens read(Path path) throws IOException {
    try (PlainFile file = PlainFile.pin(path)) {
      requirePrivate(file);
      if (file.sizeBytes() > MOST_BYTES) {
        throw new SessionException(
            "%s has %d bytes, which is too much for VF tokens".formatted(path, file.sizeBytes()),
            REMEDY);
      }
      VfTokens tokens = VfTokens.none();
      int number = 0;
      String text = new String(file.read(MOST_BYTES), StandardCharsets.US_ASCII);
      for (String line : text.lines().map(String::strip).toList()) {
        number++;
        if (!line.isEmpty() && !line.startsWith("#")) {
          tokens = tokens.with(one(line, path + ":" + number));
        }
      }
      return tokens;
    }
  }

  private static void requirePrivate(PlainFile file) throws IOException {
    int self = Privacy.currentUser();
    boolean ofRootAlone = file.uid() == 0 && file.gid() == 0;
    int closed = ofRootAlone ? OTHERS & ~GROUP_READS : OTHERS;
    if ((file.uid() != self && file.uid() != 0) || (file.permissions() & closed) != 0) {
      throw new UntrustedFileException(
          "%s is no secret: it belongs to user %d and has mode %04o"
              .formatted(file.name(), file.uid(), file.permissions()),
          "choose new tokens, and keep them in a file of this user's or root's with chmod 600");
    }
  }

  private static VfTokens one(String line, String where) {
    String[] words = line.split("\\s+", -1);
    if (words.length == 2) {
      try {
        return VfTokens.none().with(PciAddress.parse(words[0]), uuid(words[1]));
      } catch (IllegalArgumentException e) {
        // Not told, since it may have most of a token in its words.
      }
    }
    throw new SessionException(where + " is not a PCI address and a UUID", REMEDY);
  }

  /** {@link UUID#fromString} takes shorter ones, too. */
  private static UUID uuid(String word) {
    UUID uuid = UUID.fromString(word);
    if (!uuid.toString().equalsIgnoreCase(word)) {
      throw new IllegalArgumentException("not a whole UUID");
    }
    return uuid;
  }
}
