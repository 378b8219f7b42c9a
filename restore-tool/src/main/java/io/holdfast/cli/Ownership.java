package io.holdfast.cli;

import io.holdfast.disk.PlainFile;
import io.holdfast.disk.Privacy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who can have written a file or directory, and with that whether it can be trusted: what a
 * manifest says decides where devices are allowed to write.
 *
 * @param uid the user it belongs to
 * @param permissions its permission bits
 * @param self the user this process runs as
 */
record Ownership(int uid, int permissions, int self) {
  private static final int WRITABLE_BY_OTHERS = 022;

  static Ownership of(PlainFile file) throws IOException {
    return new Ownership(file.uid(), file.permissions(), Privacy.currentUser());
  }

  static Ownership ofDirectory(Path directory) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(directory, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
    return new Ownership(
        (Integer) attributes.get("uid"),
        (Integer) attributes.get("mode") & 07777,
        Privacy.currentUser());
  }

  /** Why it cannot be trusted; empty if only this user and root can have written it. */
  Optional<String> distrust() {
    if (uid != self && uid != 0) {
      return Optional.of("it belongs to user " + uid);
    }
    return (permissions & WRITABLE_BY_OTHERS) == 0
        ? Optional.empty()
        : Optional.of("others than its owner can write to it");
  }

  String describe() {
    return "user %d, mode %04o%s"
        .formatted(uid, permissions, distrust().map(why -> "; do not trust it: " + why).orElse(""));
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("uid", uid);
    document.put("mode", "%04o".formatted(permissions));
    document.put("trusted", distrust().isEmpty());
    return document;
  }
}
