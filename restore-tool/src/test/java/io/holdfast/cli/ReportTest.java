package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  private static final Pattern DATA =
      Pattern.compile(
          "<script type=\"application/json\" id=\"data\">\n(.*?)</script>", Pattern.DOTALL);
  private static final Pattern SCRIPT = Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL);

  @TempDir private Path folder;

  private String write(String name, SessionState session) throws IOException {
    Path file = Files.write(folder.resolve(name), Manifest.encode(session));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file.toString();
  }

  private String page(ExitCode code, String... arguments) throws IOException {
    Path html = folder.resolve("report.html");
    String[] line = new String[arguments.length + 3];
    line[0] = "report";
    line[1] = "--html";
    line[2] = html.toString();
    System.arraycopy(arguments, 0, line, 3, arguments.length);
    Run run = Run.of(line);
    assertThat(run.code()).as(run.err()).isEqualTo(code.code());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(html)))
        .isEqualTo("rw-------");
    return Files.readString(html);
  }

  private Map<String, Object> data(String page) throws IOException {
    Matcher data = DATA.matcher(page);
    assertThat(data.find()).isTrue();
    return JsonTree.read(Files.writeString(folder.resolve("data.json"), data.group(1)));
  }

  private static SessionState moved() {
    SessionState session = Samples.session();
    IoasState rings = session.ioases().getFirst();
    ExtentList elsewhere = ExtentList.of(new Extent(0x7000, 4096), new Extent(0xb000, 4096));
    return session.withContents(
        session.files(),
        List.of(
            new IoasState(
                "rings",
                List.of(
                    rings.mappings().getFirst().withExtents(elsewhere),
                    rings.mappings().getLast()))),
        session.devices());
  }

  @Test
  void theDataIsTheManifestsJson() throws IOException {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("report: seed " + seed + "; replay with -Dholdfast.seed=" + seed);
    RandomSession sessions = new RandomSession(new Random(seed));
    for (int i = 0; i < 30; i++) {
      SessionState session = sessions.next();
      String page = page(ExitCode.OK, write("a", session));
      Map<?, ?> side = (Map<?, ?>) ((List<?>) data(page).get("sides")).getFirst();
      Path json = Files.writeString(folder.resolve("json"), Manifest.toJson(session));
      assertThat(side.get("manifest")).as("seed %d", seed).isEqualTo(JsonTree.read(json));
      // Whatever the names are: two scripts begin and end, and no tag that is not the page's own.
      assertThat(page.split("<script", -1)).as("seed %d", seed).hasSize(3);
      assertThat(page.split("</script>", -1)).as("seed %d", seed).hasSize(3);
      assertThat(page).as("seed %d", seed).doesNotContain("<b>");
    }
  }

  @Test
  void noScriptRunsButItsOwnAndNothingIsFetched() throws Exception {
    String page = page(ExitCode.OK, write("a", Samples.session()));
    Matcher script = SCRIPT.matcher(page);
    assertThat(script.find()).isTrue();
    byte[] hash =
        MessageDigest.getInstance("SHA-256")
            .digest(script.group(1).getBytes(StandardCharsets.UTF_8));
    assertThat(page)
        .contains(
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"
                + Base64.getEncoder().encodeToString(hash)
                + "'");
    assertThat(page).doesNotContain(" src=", "href=", "url(", "@import", "innerHTML");
  }

  @Test
  void theTablesHaveTheNumbersOfTheManifest() throws IOException {
    String page = page(ExitCode.OK, write("a", Samples.session()));
    assertThat(page)
        .contains("<th scope=\"row\">rings/tx-ring</th><td>0x100000</td><td class=\"n\">8,192</td>")
        .contains("<td class=\"n\">2</td><td>0x7000</td>")
        .contains("<th scope=\"row\">0000:00:04.0</th><td>rings</td>")
        .doesNotContain("class=\"bad\"");
  }

  @Test
  void whatDiffersIsMarked() throws IOException {
    String before = write("a", Samples.session());
    String page = page(ExitCode.DIFFERENT, before, write("b", moved()));
    assertThat(page)
        .contains("1 difference between the two.")
        .containsPattern("<tr class=\"bad\"><th scope=\"row\">rings/tx-ring</th>.*4,096")
        .contains("\u2260 buffer rings/tx-ring: extents")
        .contains("<tr class=\"\"><th scope=\"row\">rings/log</th>");
    assertThat(page(ExitCode.OK, before, before)).contains("Nothing differs.");
  }

  private Path result(String exit) throws IOException {
    return Files.writeString(
        folder.resolve("result.json"),
        """
        {"schema": "holdfast-output/1", "verb": "restore", "session": "nic0", %s
         "outcome": "restored", "reason": "", "generation": 3, "sameExtents": 3, "sameBytes": 12288,
         "devices": [], "notices": [], "finishedAt": "2026-01-02T03:04:05Z",
         "pinDelays": {"files": 2, "medianMicros": 70, "maxMicros": 1250, "slowestFile": "<b>"},
         "buffers": [{"ioas": "rings", "name": "tx-ring", "verdict": "moved"}],
         "stages": [{"stage": "attach", "items": 1, "startMicros": 0, "endMicros": 1500,
                     "busyMicros": 1500},
                    {"stage": "map", "items": 2, "startMicros": 1500, "endMicros": 9250,
                     "busyMicros": 4000}]}
        """
            .formatted(exit));
  }

  @Test
  void aResultHasATimelineAndVerdicts() throws IOException {
    String page = page(ExitCode.OK, "--result", result("").toString());
    assertThat(page)
        .contains("restored: 3 extents (12 KiB) are where they were.")
        .contains("<td>1.500</td><td>9.250</td><td>4.000</td>")
        .contains("9.250 ms in all")
        .contains("a memfd took 0.070 ms (median of 2) and at most 1.250 ms (&lt;b&gt;)")
        .containsPattern("<tr class=\"bad\"><th scope=\"row\">rings/tx-ring</th>.*moved");
    assertThat(page(ExitCode.OK, write("a", Samples.session()), "--result", result("").toString()))
        .containsPattern("rings/tx-ring</th><td>0x100000</td>.*moved");
  }

  @Test
  void aFailureIsToldFirst() throws IOException {
    String failed =
        """
        "error": {"exitCode": 6, "exit": "not-verified", "type": "RestoreException",
                  "problem": "<img src=x>", "remedy": ""},
        """;
    assertThat(page(ExitCode.OK, "--result", result(failed).toString()))
        .contains("class=\"bad\">Failed with exit code 6: &lt;img src=x&gt;.");
  }

  @Test
  void itHasSomethingToShow() {
    String html = folder.resolve("report.html").toString();
    assertThat(Run.of("report", "--html", html).code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(Run.of("report").code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(Run.of("report", "--html", html, "/dev/null").code())
        .isEqualTo(ExitCode.INPUT_REFUSED.code());
    assertThat(folder.resolve("report.html")).doesNotExist();
  }
}
