package io.holdfast.uapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds the layouts to a table that was compared with the headers by {@link UapiHeadersTest}; needs
 * no compiler.
 */
class UapiGoldenTest {
  @Test
  void saysWhatTheHeadersSaid() throws IOException {
    try (InputStream golden = UapiGoldenTest.class.getResourceAsStream("golden.txt")) {
      List<String> expected =
          new String(golden.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertThat(UapiTable.lines())
          .as(
              "if the change is meant: run UapiTable, put its output into golden.txt, and run"
                  + " UapiHeadersTest")
          .isEqualTo(expected);
    }
  }

  @Test
  void leavesOutNoHeader() throws IOException, URISyntaxException {
    Path classes =
        Path.of(Struct.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("io/holdfast/uapi");
    try (Stream<Path> files = Files.list(classes)) {
      List<String> headers =
          files
              .map(file -> file.getFileName().toString())
              .filter(file -> file.endsWith("Uapi.class"))
              .map(file -> file.replace(".class", ""))
              .toList();
      assertThat(UapiTable.HEADERS.keySet()).extracting(Class::getSimpleName).containsAll(headers);
    }
  }

  @Test
  void givesEveryFieldAndStructTheNameOfTheHeader() {
    for (Class<?> header : UapiTable.HEADERS.keySet()) {
      for (Class<?> struct : UapiTable.structs(header)) {
        Struct layout = UapiTable.layout(struct);
        assertThat(layout.name()).isEqualTo(struct.getSimpleName());
        assertThat(UapiTable.fields(struct))
            .containsValues(layout.fields().toArray(Struct.Field[]::new));
        layout
            .fields()
            .forEach(
                field -> assertThat(UapiTable.fields(struct)).containsEntry(field.name(), field));
      }
    }
  }
}
