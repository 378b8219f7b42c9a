package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Outputs compared with files in {@code src/test/resources}, after what differs from run to run is
 * replaced by words. With {@code -Dholdfast.golden.update=true} the files are written anew.
 */
final class Golden {
  private static final Path FOLDER =
      Path.of(System.getProperty("holdfast.root"), "tests/src/test/resources/io/holdfast/clitest");

  private Golden() {}

  static void assertMatches(String name, String text) throws IOException {
    Path file = FOLDER.resolve(name);
    String found = normalise(text);
    if (Boolean.getBoolean("holdfast.golden.update")) {
      Files.writeString(file, found, StandardCharsets.UTF_8);
    }
    assertThat(found)
        .as("%s, normalised", name)
        .isEqualTo(Files.readString(file, StandardCharsets.UTF_8));
  }

  /** Replaces identities, addresses, times, amounts and paths, and narrows columns to one blank. */
  static String normalise(String text) {
    return text.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID")
        .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME")
        .replaceAll("\\b[0-9a-f]{64}\\b", "SHA256")
        .replaceAll("\\b[0-9a-f]{32}\\b", "MACHINE")
        .replaceAll("0x[0-9a-f]+", "ADDRESS")
        .replaceAll("process \\d+", "process PID")
        .replaceAll("/\\S*/(junit|holdfast-demo-)[^/\\s]*", "FOLDER")
        .replaceAll("[ ]+", " ")
        .replaceAll("ADDRESS ADDRESS …|ADDRESS …", "ADDRESS")
        .replaceAll("which is [^:]+:", "which is SOMEBODY'S:")
        .replaceAll("(manifest of|size|extents?:?|\\() ?\\d+ bytes", "$1 N bytes")
        .replaceAll("\\d+ (((physical )?extents?)|KiB|ADDRESS|same)\\b", "N $1")
        .replaceAll("\\b\\d{1,3}(,\\d{3})+\\b( \\d+\\b)?", "N")
        .replaceAll("holdfast [0-9a-f]{8}\\b", "holdfast CRC")
        .replaceAll("driver [0-9a-f]{8}\\b", "driver CRC");
  }
}
