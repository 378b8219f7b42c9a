package io.holdfast.cli;

import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code import}: a manifest made of its JSON. */
@Command(
    name = "import",
    description = {
      "Make a manifest from the JSON that holdfast export has written.",
      "JSON that others can write is refused: a manifest decides where devices are allowed to"
          + " write."
    },
    footer = {"  holdfast import nic0.json --file nic0.manifest"})
final class ImportVerb extends Verb {
  @Parameters(paramLabel = "JSON", description = "The JSON of a manifest.")
  private String json;

  @Mixin private OutputArguments output;

  @Override
  ExitCode run() throws IOException {
    Path file = output.file().orElseThrow(() -> misused("name the manifest to write: --file FILE"));
    ManifestFinding read = Converted.readJson(path(json));
    read.distrust()
        .ifPresent(why -> {
          throw new VerbException(
              ExitCode.INPUT_REFUSED,
              read.source() + " cannot be trusted: " + why,
              "make it this user's own, writable by nobody else, once its content is checked");
        });
    byte[] manifest = Manifest.encode(read.session());
    OutputFile.write(
        file, OutputFile.PRIVATE, output.isReplacing(), bytes -> bytes.write(manifest));
    return show(
        new Imported(
            new Converted(
                read.source(),
                HexFormat.of().formatHex(Manifest.sha256(manifest)),
                read.session(),
                Optional.empty()),
            file,
            manifest.length));
  }

  private record Imported(Converted manifest, Path file, long sizeBytes) implements Finding {
    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>(manifest.document());
      document.put("file", file);
      document.put("sizeBytes", sizeBytes);
      return document;
    }

    @Override
    public void print(Console console) {
      console.line(manifest.describe("written to " + file + ", " + Words.count(sizeBytes, "byte")));
    }
  }
}
