package io.holdfast.drivers.nvme;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/** Drivers are written with what every driver's author has. */
class PublicInterfaceTest {
  private static final ArchRule ONLY_THE_PUBLIC_INTERFACE =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "io.holdfast",
              "io.holdfast.session",
              "io.holdfast.model",
              "io.holdfast.drivers..");

  private static JavaClasses drivers(ImportOption.Predefined which) {
    return new ClassFileImporter().withImportOption(which).importPackages("io.holdfast.drivers");
  }

  @Test
  void driversUseThePublicInterfaceOnly() {
    ONLY_THE_PUBLIC_INTERFACE.check(drivers(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS));
  }

  @Test
  void theRuleCanFail() {
    JavaClasses tests = drivers(ImportOption.Predefined.ONLY_INCLUDE_TESTS);
    assertThat(ONLY_THE_PUBLIC_INTERFACE.evaluate(tests).hasViolation()).isTrue();
  }
}
