import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.cyclonedx.Version;
import org.cyclonedx.exception.ParseException;
import org.cyclonedx.parsers.JsonParser;

/**
 * Validates SBOMs by CycloneDX's own JSON schema of version 1.6, which its library carries. Prints each violation; exit code 1 if
 * there is one.
 */
final class SbomCheck {
  private SbomCheck() {}

  public static void main(String[] files) throws IOException {
    boolean valid = files.length > 0;
    for (String file : files) {
      Path path = Path.of(file);
      List<ParseException> violations = new JsonParser().validate(Files.readString(path), Version.VERSION_16);
      violations.forEach(each -> System.out.println(path.getFileName() + ": " + each.getMessage()));
      valid &= violations.isEmpty();
      if (violations.isEmpty()) {
        System.out.println(path.getFileName() + " is valid");
      }
    }
    System.exit(valid ? 0 : 1);
  }
}
