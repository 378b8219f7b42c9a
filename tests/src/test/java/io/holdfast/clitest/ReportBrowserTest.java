package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cli.Main;
import io.holdfast.model.BackingFile;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The report's pages in a real browser. */
final class ReportBrowserTest {
  private static final int PAGE = 4096;
  private static final int LIGHT_BACK = 0xffffff;
  private static final int DARK_BACK = 0x0d1117;
  private static final int LIGHT_BAD = 0xa40e26;
  private static final int SMALL_WIDTH = 60;
  private static final int SMALL_HEIGHT = 80;

  /** A page without its stylesheet, or with one section moved, is far beyond this. */
  private static final double MOST_DIFFERENCE = 6;

  @TempDir private Path directory;
  private Chromium browser;
  private SessionState template;

  @BeforeEach
  void findBrowser() throws IOException {
    browser = Chromium.find(directory.resolve("profile")).orElse(null);
    Assumptions.assumeTrue(browser != null, "there is no chromium on the PATH");
    template = Stage.set(Files.createDirectory(directory.resolve("stage"))).session();
  }

  /** A session with so many extents of one page, of which some are elsewhere in another life. */
  private SessionState session(int extents, int elsewhere) {
    Random random = new Random(extents);
    int buffers = Math.min(12, extents);
    List<MappingState> mappings = new ArrayList<>();
    long frame = 0x100;
    for (int b = 0; b < buffers; b++) {
      int own = extents / buffers + (b < extents % buffers ? 1 : 0);
      ExtentList.Builder list = ExtentList.builder();
      for (int i = 0; i < own; i++) {
        frame += 2 + random.nextInt(6);
        list.add((frame + (i < elsewhere ? 1L << 20 : 0)) * PAGE, PAGE);
      }
      mappings.add(
          new MappingState(
              "buffer-" + b,
              new IovaRange((long) b << 32, (long) own * PAGE),
              true,
              true,
              new MappingState.File(b + 1, 0),
              Policy.REQUIRED,
              list.build()));
    }
    List<BackingFile> files = new ArrayList<>();
    for (int b = 0; b < buffers; b++) {
      files.add(
          new BackingFile(
              b + 1, "pool-" + b, mappings.get(b).iova().lengthBytes(), BackingFile.Origin.POOL));
    }
    return template.withContents(files, List.of(new IoasState("rings", mappings)), List.of());
  }

  private Path report(int code, SessionState... sessions) throws IOException {
    Path html = directory.resolve("report.html");
    List<String> line = new ArrayList<>(List.of("report", "--html", html.toString()));
    for (SessionState each : sessions) {
      Path file = directory.resolve("manifest-" + line.size());
      line.add(Files.write(file, Manifest.encode(each)).toString());
    }
    StringWriter err = new StringWriter();
    int ended =
        Main.run(
            new PrintWriter(new StringWriter()), new PrintWriter(err), line.toArray(String[]::new));
    assertThat(ended).as(err.toString()).isEqualTo(code);
    return html;
  }

  private static String attribute(String document, String name) {
    Matcher matcher = Pattern.compile("<html[^>]* data-" + name + "=\"(\\d+)\"").matcher(document);
    assertThat(matcher.find()).as("the script has not run to its end").isTrue();
    return matcher.group(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 100_000})
  void thePageUnderstandsItsData(int extents) throws Exception {
    SessionState session = session(extents, 0);
    Path page = report(0, session);
    String document = browser.document(page);
    assertThat(attribute(document, "extents")).isEqualTo(Integer.toString(extents));
    assertThat(attribute(document, "bytes")).isEqualTo(Long.toString((long) extents * PAGE));
    assertThat(attribute(document, "moved")).isEqualTo("0");
    ExtentList first = session.ioases().getFirst().mappings().getFirst().extents();
    assertThat(document)
        .contains("<td>0x0</td><td>0x0</td><td>0x%x</td>".formatted(first.physicalAddress(0)))
        .contains("%,d extent".formatted(extents));
    for (boolean dark : new boolean[] {false, true}) {
      BufferedImage image =
          browser.screenshot(page, dark, directory.resolve("page-" + dark + ".png"));
      assertThat(image.getRGB(2, 2) & 0xffffff).isEqualTo(dark ? DARK_BACK : LIGHT_BACK);
      // The first buffer's blue is drawn, in the legend and in the pictures.
      assertThat(pixels(image, dark ? 0x5a9ce2 : 0x2069b6)).as("dark: %s", dark).isPositive();
    }
  }

  @Test
  void whatIsElsewhereIsCountedAndRed() throws Exception {
    Path page = report(12, session(1000, 0), session(1000, 3));
    String document = browser.document(page);
    assertThat(attribute(document, "moved")).isEqualTo(Integer.toString(2 * 12 * 3));
    BufferedImage image = browser.screenshot(page, false, directory.resolve("page.png"));
    assertThat(pixels(image, LIGHT_BAD)).isGreaterThan(100);
  }

  /**
   * The page looks as it did when it was last looked at: what is stored is small, so that another
   * font or another release of the browser makes no difference. {@code -Dholdfast.screenshots=DIR}
   * writes what is to be stored.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itLooksAsItDid(boolean dark) throws Exception {
    Path page = report(12, session(1000, 0), session(1000, 3));
    BufferedImage now =
        shrunk(browser.screenshot(page, dark, directory.resolve("page-" + dark + ".png")));
    String name = dark ? "report-dark.png" : "report-light.png";
    String storeIn = System.getProperty("holdfast.screenshots");
    if (storeIn != null) {
      ImageIO.write(now, "png", Path.of(storeIn, name).toFile());
    }
    assertThat(difference(now, name)).isLessThan(MOST_DIFFERENCE);
  }

  @Test
  void anotherPageLooksDifferent() throws Exception {
    Path page = report(0, session(1000, 0));
    BufferedImage now = shrunk(browser.screenshot(page, false, directory.resolve("another.png")));
    assertThat(difference(now, "report-light.png")).isGreaterThan(MOST_DIFFERENCE);
  }

  /** The mean difference of a colour, of 255, from what is stored under a name. */
  private static double difference(BufferedImage now, String name) throws IOException {
    BufferedImage stored = ImageIO.read(ReportBrowserTest.class.getResource(name));
    long difference = 0;
    for (int y = 0; y < SMALL_HEIGHT; y++) {
      for (int x = 0; x < SMALL_WIDTH; x++) {
        difference += difference(now.getRGB(x, y), stored.getRGB(x, y));
      }
    }
    return (double) difference / (SMALL_WIDTH * SMALL_HEIGHT * 3);
  }

  /** Each pixel the mean of those it stands for. */
  private static BufferedImage shrunk(BufferedImage image) {
    BufferedImage small = new BufferedImage(SMALL_WIDTH, SMALL_HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.drawImage(
        image.getScaledInstance(SMALL_WIDTH, SMALL_HEIGHT, Image.SCALE_AREA_AVERAGING), 0, 0, null);
    graphics.dispose();
    return small;
  }

  private static int difference(int one, int other) {
    int sum = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      sum += Math.abs((one >> shift & 0xff) - (other >> shift & 0xff));
    }
    return sum;
  }

  /** How many pixels have a colour, give or take what anti-aliasing and rounding make of it. */
  private static int pixels(BufferedImage image, int colour) {
    int count = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int found = image.getRGB(x, y);
        boolean near = true;
        for (int shift = 0; shift <= 16; shift += 8) {
          near &= Math.abs((found >> shift & 0xff) - (colour >> shift & 0xff)) <= 3;
        }
        count += near ? 1 : 0;
      }
    }
    return count;
  }
}
