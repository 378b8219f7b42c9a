package io.holdfast.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows between the rooms hold, and each rule that says so can fail. */
class RoomsTest {
  /** Classes that break every rule, in rooms of the same names. */
  private static final String WRONG = "io.holdfast.architecture.wrong";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(Rooms.ROOT);

  private static final JavaClasses WRONG_CLASSES = new ClassFileImporter().importPackages(WRONG);

  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?io\\.holdfast\\.(?:([a-z]\\w*)\\.)?(\\w+)");

  static Stream<String> rooms() {
    return Rooms.ARROWS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void roomUsesOnlyWhatItsArrowsLeadTo(String room) {
    Rooms.arrows(Rooms.ROOT, room).check(CLASSES);
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void ruleOfTheArrowsCanFail(String room) {
    assertFails(Rooms.arrows(WRONG, room), Rooms.packageOf(WRONG, room));
  }

  @Test
  void nativeCallsAreMadeOnlyInSys() {
    Rooms.nativeCallsOnlyInSys(Rooms.ROOT).check(CLASSES);
    assertFails(Rooms.nativeCallsOnlyInSys(WRONG), WRONG + ".linux");
  }

  @Test
  void recordsDoNoInputOrOutput() {
    Rooms.recordsDoNoInputOrOutput(Rooms.ROOT).check(CLASSES);
    assertFails(Rooms.recordsDoNoInputOrOutput(WRONG), WRONG + ".model");
  }

  @Test
  void librariesStayInTheirRooms() {
    Rooms.librariesStayInTheirRooms(Rooms.ROOT).forEach(rule -> rule.check(CLASSES));
    Rooms.librariesStayInTheirRooms(WRONG).forEach(rule -> assertFails(rule, WRONG + ".engine"));
  }

  @Test
  void packagesFormNoCycle() {
    Rooms.noCycles(Rooms.ROOT).check(CLASSES);
    assertThat(Rooms.noCycles(WRONG).evaluate(WRONG_CLASSES).hasViolation()).isTrue();
  }

  @Test
  void exportedSignaturesMentionNothingInternal() {
    Rooms.exportedSignatures(Rooms.ROOT).check(CLASSES);
    assertThat(
            Rooms.exportedSignatures(WRONG).evaluate(WRONG_CLASSES).getFailureReport().toString())
        .contains("Leaky.argument(")
        .contains("Leaky.result(")
        .contains("Leaky.generic(")
        .doesNotContain("Leaky.hidden(");
  }

  @Test
  void everyPackageIsARoomWithArrows() {
    Set<String> known =
        rooms()
            .map(room -> Rooms.packageOf(Rooms.ROOT, room))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
        .as("packages; a new room needs its arrows in Rooms, and in ARCHITECTURE.md")
        .isEqualTo(known);
  }

  /** The compiler copies constants, so class files do not show where they came from; sources do. */
  @Test
  void importsFollowTheArrowsToo() {
    List<String> violations = new ArrayList<>();
    List<Path> sources =
        Stream.of("serializer", "core")
            .map(module -> Path.of("..", module, "src", "main", "java", "io", "holdfast"))
            .flatMap(RoomsTest::javaFilesBelow)
            .toList();
    for (Path source : sources) {
      violationsOf(source, violations);
    }
    assertThat(sources).hasSizeGreaterThan(20);
    assertThat(violations).isEmpty();
  }

  @Test
  void ruleOfTheImportsCanFail() {
    Path wrong = Path.of("src", "test", "java", "io", "holdfast", "architecture", "wrong");
    List<String> violations = new ArrayList<>();
    violationsOf(wrong.resolve(Path.of("sys", "CopiesConstant.java")), violations);
    assertThat(violations).singleElement().asString().contains("sys", "uapi");
  }

  private static void violationsOf(Path source, List<String> violations) {
    String folder = source.getParent().getFileName().toString();
    String room = folder.equals("holdfast") ? Rooms.API : folder;
    for (String line : lines(source)) {
      Matcher match = IMPORT.matcher(line);
      if (match.find()) {
        String used = match.group(1) == null ? Rooms.API : match.group(1);
        if (!used.equals(room) && !Rooms.ARROWS.get(room).contains(used)) {
          violations.add(source + ": " + line);
        }
      }
    }
  }

  private static void assertFails(ArchRule rule, String because) {
    assertThat(rule.evaluate(WRONG_CLASSES).getFailureReport().toString())
        .as(rule.getDescription())
        .contains("<" + because + ".");
  }

  private static Stream<Path> javaFilesBelow(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(each -> each.toString().endsWith(".java")).toList().stream();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
