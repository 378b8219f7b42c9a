package io.holdfast.clitest;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;

/** A real browser without a window, where this machine has one. */
final class Chromium {
  private static final long PATIENCE_SECONDS = 120;

  private final Path program;
  private final Path profile;

  private Chromium(Path program, Path profile) {
    this.program = program;
    this.profile = profile;
  }

  /** The browser on the PATH, with its profile in a directory. */
  static Optional<Chromium> find(Path profile) {
    for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      for (String name : List.of("chromium", "google-chrome", "chromium-browser")) {
        Path candidate = Path.of(directory, name);
        if (Files.isExecutable(candidate)) {
          return Optional.of(new Chromium(candidate, profile));
        }
      }
    }
    return Optional.empty();
  }

  /** The page's document after its scripts have run. */
  String document(Path page) throws IOException, InterruptedException {
    return run(page, "--dump-dom");
  }

  /** What it looks like. */
  BufferedImage screenshot(Path page, boolean dark, Path to)
      throws IOException, InterruptedException {
    run(
        page,
        "--screenshot=" + to,
        "--window-size=1200,1600",
        "--hide-scrollbars",
        "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1));
    return ImageIO.read(to.toFile());
  }

  private String run(Path page, String... options) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--virtual-time-budget=5000",
                "--user-data-dir=" + profile));
    command.addAll(List.of(options));
    command.add(page.toUri().toString());
    Path said = profile.resolveSibling("chromium.err");
    Process browser = new ProcessBuilder(command).redirectError(said.toFile()).start();
    try {
      browser.getOutputStream().close();
      String out = new String(browser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!browser.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || browser.exitValue() != 0) {
        throw new AssertionError("the browser failed: " + Files.readString(said));
      }
      return out;
    } finally {
      browser.destroyForcibly();
    }
  }
}
