package io.holdfast.cli;

import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code export}: a manifest as JSON. */
@Command(
    name = "export",
    description = {
      "Write a manifest as JSON. From it holdfast import makes the same manifest, byte for byte.",
      "A manifest in a newer minor format may differ in bytes, but not in what it says."
    },
    footer = {
      "  holdfast export /var/lib/holdfast/nic0/manifest > nic0.json",
      "  holdfast export /var/lib/holdfast/nic0/manifest --file nic0.json"
    })
final class ExportVerb extends Verb {
  @Parameters(paramLabel = "MANIFEST", description = "The manifest.")
  private String manifest;

  @Mixin private OutputArguments output;

  @Override
  ExitCode run() throws IOException {
    Path from = path(manifest);
    Converted found = Converted.read(from);
    Optional<Path> to = output.file();
    if (to.isPresent()) {
      OutputFile.writeText(
          to.get(),
          OutputFile.PRIVATE,
          output.isReplacing(),
          text -> {
            Manifest.writeJson(found.session(), new AsciiJson(text));
            text.write('\n');
          });
    }
    return show(new Exported(found, to));
  }

  /**
   * A manifest that was written as JSON.
   *
   * @param manifest what was read
   * @param file where its JSON is; empty for the output stream
   */
  private record Exported(Converted manifest, Optional<Path> file) implements Finding {
    @Override
    public ExitCode exitCode() {
      return manifest.exitCode();
    }

    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>(manifest.document());
      document.put("file", file.orElse(null));
      document.put("manifest", file.isPresent() ? null : manifest.session());
      return document;
    }

    @Override
    public void print(Console console) {
      SessionState session = manifest.session();
      if (file.isPresent()) {
        console.line(manifest.describe("written to " + file.get()));
        return;
      }
      Manifest.writeJson(session, new AsciiJson(console.out()));
      console.blank();
    }
  }
}
