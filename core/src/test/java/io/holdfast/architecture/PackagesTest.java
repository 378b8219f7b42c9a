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

/** The rules for packages hold, and each rule that says so can fail. */
class PackagesTest {
  /** Classes that break every rule, in packages of the same names. */
  private static final String WRONG = "io.holdfast.architecture.wrong";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(PackageRules.ROOT);

  private static final JavaClasses WRONG_CLASSES = new ClassFileImporter().importPackages(WRONG);

  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?io\\.holdfast\\.(?:([a-z]\\w*)\\.)?(\\w+)");

  static Stream<String> packages() {
    return PackageRules.DEPENDENCIES.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageUsesOnlyWhatItMay(String name) {
    PackageRules.dependencies(PackageRules.ROOT, name).check(CLASSES);
  }

  @ParameterizedTest
  @MethodSource("packages")
  void ruleOfDependenciesCanFail(String name) {
    assertFails(PackageRules.dependencies(WRONG, name), PackageRules.packageOf(WRONG, name));
  }

  @Test
  void nativeCallsAreMadeOnlyInSys() {
    PackageRules.nativeCallsOnlyInSys(PackageRules.ROOT).check(CLASSES);
    assertFails(PackageRules.nativeCallsOnlyInSys(WRONG), WRONG + ".linux");
  }

  @Test
  void recordsDoNoInputOrOutput() {
    PackageRules.recordsDoNoInputOrOutput(PackageRules.ROOT).check(CLASSES);
    assertFails(PackageRules.recordsDoNoInputOrOutput(WRONG), WRONG + ".model");
  }

  @Test
  void librariesStayInTheirPackages() {
    PackageRules.librariesStayInTheirPackages(PackageRules.ROOT)
        .forEach(rule -> rule.check(CLASSES));
    PackageRules.librariesStayInTheirPackages(WRONG)
        .forEach(rule -> assertFails(rule, WRONG + ".engine"));
  }

  @Test
  void packagesFormNoCycle() {
    PackageRules.noCycles(PackageRules.ROOT).check(CLASSES);
    assertThat(PackageRules.noCycles(WRONG).evaluate(WRONG_CLASSES).hasViolation()).isTrue();
  }

  @Test
  void exportedSignaturesMentionNothingInternal() {
    PackageRules.exportedSignatures(PackageRules.ROOT).check(CLASSES);
    assertThat(
            PackageRules.exportedSignatures(WRONG)
                .evaluate(WRONG_CLASSES)
                .getFailureReport()
                .toString())
        .contains("Leaky.argument(")
        .contains("Leaky.result(")
        .contains("Leaky.generic(")
        .doesNotContain("Leaky.hidden(");
  }

  @Test
  void everyPackageIsKnown() {
    Set<String> known =
        packages()
            .map(name -> PackageRules.packageOf(PackageRules.ROOT, name))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
        .as("packages; a new one needs an entry in PackageRules and in ARCHITECTURE.md")
        .isEqualTo(known);
  }

  /** The compiler copies constants, so class files do not show where they came from; sources do. */
  @Test
  void importsFollowTheRulesToo() {
    List<String> violations = new ArrayList<>();
    List<Path> sources =
        Stream.of("serializer", "core")
            .map(module -> Path.of("..", module, "src", "main", "java", "io", "holdfast"))
            .flatMap(PackagesTest::javaFilesBelow)
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
    String name = folder.equals("holdfast") ? PackageRules.API : folder;
    for (String line : lines(source)) {
      Matcher match = IMPORT.matcher(line);
      if (match.find()) {
        String used = match.group(1) == null ? PackageRules.API : match.group(1);
        if (!used.equals(name) && !PackageRules.DEPENDENCIES.get(name).contains(used)) {
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
