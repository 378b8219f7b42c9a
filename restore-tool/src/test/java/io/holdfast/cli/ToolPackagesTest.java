package io.holdfast.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import org.junit.jupiter.api.Test;

/**
 * The command line uses the packages that it may; what is below it has a test of its own in core.
 */
class ToolPackagesTest {
  private static final JavaClasses CLI =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.holdfast.cli");

  private static final JavaClasses BELOW =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("/io/holdfast/cli/"))
          .importPackages("io.holdfast");

  /**
   * Only the demonstration and sim work the simulated kernel itself; every other verb takes what
   * host it is given.
   */
  private static final ArchRule SIMULATION_ONLY_IN_DEMO_AND_SIM =
      noClasses()
          .that()
          .haveNameNotMatching("io\\.holdfast\\.cli\\.(demo\\.|Demo|Sim).*")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.holdfast.sim");

  /** What ships as a tool drives no device; its demonstration does. */
  private static final ArchRule DRIVERS_ONLY_IN_DEMO =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.holdfast.cli.demo", "io.holdfast.drivers..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.holdfast.drivers..");

  private static final ArchRule NO_NATIVE_CALLS =
      noClasses()
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(Linker.class, SymbolLookup.class, FunctionDescriptor.class);

  private static final ArchRule NOTHING_BELOW_KNOWS_THE_COMMAND_LINE =
      noClasses().should().dependOnClassesThat().resideInAnyPackage("io.holdfast.cli", "picocli..");

  @Test
  void onlyDemoAndSimWorkTheSimulatedKernel() {
    SIMULATION_ONLY_IN_DEMO_AND_SIM.check(CLI);
  }

  @Test
  void onlyTheDemoDrivesADevice() {
    DRIVERS_ONLY_IN_DEMO.check(CLI);
    DRIVERS_ONLY_IN_DEMO.check(BELOW);
  }

  @Test
  void theCommandLineMakesNoNativeCalls() {
    NO_NATIVE_CALLS.check(CLI);
  }

  @Test
  void nothingBelowKnowsTheCommandLine() {
    assertThat(BELOW).isNotEmpty();
    NOTHING_BELOW_KNOWS_THE_COMMAND_LINE.check(BELOW);
  }

  @Test
  void eachRuleCanFail() {
    // Classes that break them: the one that links natively and the host that knows the simulation,
    // and the tool itself.
    assertThat(NO_NATIVE_CALLS.evaluate(BELOW).hasViolation()).isTrue();
    assertThat(SIMULATION_ONLY_IN_DEMO_AND_SIM.evaluate(BELOW).hasViolation()).isTrue();
    JavaClasses wrong = new ClassFileImporter().importPackages("io.holdfast.cli.wrong");
    assertThat(DRIVERS_ONLY_IN_DEMO.evaluate(wrong).hasViolation()).isTrue();
    assertThat(NOTHING_BELOW_KNOWS_THE_COMMAND_LINE.evaluate(CLI).hasViolation()).isTrue();
  }
}
