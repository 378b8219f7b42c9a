package io.holdfast.cli;

import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A manifest that was read.
 *
 * @param source where it was read, for people
 * @param sha256 what names it, in hex; empty where it was read as JSON
 * @param sizeBytes how long it is
 * @param owner who can have written it; empty where it is the kernel's
 * @param session what it holds
 * @param everyExtent whether people want each extent
 */
record ManifestFinding(
    String source,
    String sha256,
    long sizeBytes,
    Optional<Ownership> owner,
    SessionState session,
    boolean everyExtent)
    implements Finding {
  static ManifestFinding of(
      String source, byte[] envelope, Optional<Ownership> owner, boolean everyExtent) {
    return new ManifestFinding(
        source,
        HexFormat.of().formatHex(Manifest.sha256(envelope)),
        envelope.length,
        owner,
        Manifest.decode(envelope),
        everyExtent);
  }

  /** Why it cannot be trusted, if it cannot. */
  Optional<String> distrust() {
    return owner.flatMap(Ownership::distrust);
  }

  @Override
  public ExitCode exitCode() {
    return distrust().isEmpty() ? ExitCode.OK : ExitCode.INPUT_REFUSED;
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kind", "manifest");
    document.put("source", source);
    document.put("sha256", sha256);
    document.put("sizeBytes", sizeBytes);
    document.put("owner", owner.map(Ownership::document).orElse(null));
    document.put("manifest", session);
    return document;
  }

  @Override
  public void print(Console console) {
    Table head = new Table().row("manifest", source).row("size", Words.bytes(sizeBytes));
    owner.ifPresent(who -> head.row("owner", who.describe()));
    if (!sha256.isEmpty()) {
      head.row("sha-256", sha256);
    }
    head.printTo(console);
    console.blank();
    SessionTables.print(console, session, everyExtent);
  }
}
