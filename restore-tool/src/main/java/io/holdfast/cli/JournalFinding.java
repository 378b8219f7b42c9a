package io.holdfast.cli;

import io.holdfast.journal.JournalContents;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalReader;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A journal that was read.
 *
 * @param path where it is
 * @param contents what of it can be trusted
 * @param everyExtent whether people want each extent
 */
record JournalFinding(Path path, JournalContents contents, boolean everyExtent) implements Finding {
  static JournalFinding of(Path path, boolean everyExtent) {
    return new JournalFinding(path, JournalReader.read(path), everyExtent);
  }

  @Override
  public ExitCode exitCode() {
    return contents.damage().isEmpty() ? ExitCode.OK : ExitCode.INPUT_REFUSED;
  }

  @Override
  public Map<String, Object> document() {
    JournalHeader header = contents.header();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kind", "journal");
    document.put("source", path);
    document.put("format", contents.format());
    document.put("journal", header.journal());
    document.put("bootId", header.bootId());
    document.put("writerPid", header.pid());
    header.command().ifPresent(command -> document.put("writerCommand", command));
    header.begunAt().ifPresent(begunAt -> document.put("begunAt", begunAt));
    document.put("batches", contents.batches());
    document.put("sealed", contents.seal().isPresent());
    contents.seal().ifPresent(seal -> document.put("sealedAt", seal.at()));
    contents
        .seal()
        .ifPresent(seal ->
            document.put("manifestSha256", HexFormat.of().formatHex(seal.manifestSha256())));
    document.put("damage", contents.damage());
    document.put("manifest", contents.state());
    return document;
  }

  private String begunAt() {
    return contents.header().begunAt().map(at -> ", at " + at).orElse("");
  }

  private String command() {
    return contents.header().command().map(command -> " (" + command + ")").orElse("");
  }

  @Override
  public void print(Console console) {
    Table head =
        new Table()
            .row("journal", path)
            .row("format", contents.format() + (contents.isOlderFormat() ? ", an older one" : ""))
            .row("begun in boot", contents.header().bootId() + begunAt())
            .row("written by", "process " + contents.header().pid() + command())
            .row("batches", Long.toString(contents.batches()));
    contents
        .seal()
        .ifPresent(seal -> head.row("seals", HexFormat.of().formatHex(seal.manifestSha256())));
    head.printTo(console);
    console.blank();
    SessionTables.print(console, contents.state(), everyExtent);
    if (!contents.damage().isEmpty()) {
      console.blank();
      console.line(console.colour(Console.Colour.BAD, "Damaged; only what is intact is shown:"));
      contents.damage().forEach(damage -> console.line("  " + SafeText.field(damage)));
    }
  }
}
