package io.holdfast.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The packages of Holdfast and what each may use, as ARCHITECTURE.md has it.
 *
 * <p>Every rule is made for a root package, so that the same rules can be tried on classes that
 * break them.
 */
final class PackageRules {
  static final String ROOT = "io.holdfast";

  /** The root package itself: the public API. */
  static final String API = "";

  /** Which packages each package may use, besides itself. */
  static final Map<String, Set<String>> DEPENDENCIES =
      Map.ofEntries(
          entry("model", Set.of()),
          entry("serializer", Set.of("model")),
          entry("sys", Set.of("model")),
          entry("uapi", Set.of("sys", "model")),
          entry("linux", Set.of("uapi", "sys", "model")),
          entry("disk", Set.of("uapi", "sys", "model")),
          entry("journal", Set.of("serializer", "disk", "sys", "model")),
          entry("session", Set.of("model")),
          entry("store", Set.of("session", "linux", "uapi", "sys", "model")),
          entry(
              "engine",
              Set.of(
                  "session",
                  "store",
                  "journal",
                  "disk",
                  "linux",
                  "uapi",
                  "sys",
                  "serializer",
                  "model")),
          entry("doctor", Set.of("disk", "linux", "uapi", "sys", "model")),
          entry("sim", Set.of("uapi", "sys", "model")),
          entry(API, Set.of("engine", "session", "linux", "uapi", "sys", "disk", "model")),
          entry("testing", Set.of(API, "engine", "sim", "uapi", "sys", "disk", "model")));

  /** What a driver author programs against. */
  static final List<String> EXPORTED = List.of(API, "session", "model");

  /** What no signature of those may mention. */
  static final List<String> INTERNAL =
      List.of("engine", "store", "linux", "sys", "disk", "sim", "uapi", "journal", "serializer");

  /** A public class that is for tools and tests, and speaks of system calls. */
  private static final String FOR_TOOLS = "SyscallsHost";

  private PackageRules() {}

  static String packageOf(String root, String name) {
    return name.equals(API) ? root : root + "." + name;
  }

  /** Package {@code name} under {@code root} uses those that it may, and no other. */
  static ArchRule dependencies(String root, String name) {
    String[] allowed =
        DEPENDENCIES.get(name).stream().map(each -> packageOf(root, each)).toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(packageOf(root, name))
        .should()
        .dependOnClassesThat(
            resideInAPackage(root + "..")
                .and(DescribedPredicate.not(resideInAPackage(packageOf(root, name))))
                .and(DescribedPredicate.not(resideInAnyPackage(allowed))));
  }

  /** No package uses, by whatever way, one that uses it. */
  static ArchRule noCycles(String root) {
    return slices().assignedFrom(new PackageSlices(root)).should().beFreeOfCycles();
  }

  /** No signature that a driver author needs mentions a package that is none of their business. */
  static ArchRule exportedSignatures(String root) {
    String[] exported = EXPORTED.stream().map(each -> packageOf(root, each)).toArray(String[]::new);
    String[] internal = INTERNAL.stream().map(each -> packageOf(root, each)).toArray(String[]::new);
    return classes()
        .that()
        .resideInAnyPackage(exported)
        .and()
        .arePublic()
        .and()
        .doNotHaveFullyQualifiedName(packageOf(root, API) + "." + FOR_TOOLS)
        .should(new MentionNoneOf(resideInAnyPackage(internal)));
  }

  /** Only {@code sys} makes or looks up native functions. */
  static ArchRule nativeCallsOnlyInSys(String root) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(packageOf(root, "sys"))
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Linker.class, SymbolLookup.class, FunctionDescriptor.class);
  }

  /** What is preserved, and how it is written down, is computed; it reads and writes nothing. */
  static ArchRule recordsDoNoInputOrOutput(String root) {
    return noClasses()
        .that()
        .resideInAnyPackage(packageOf(root, "model"), packageOf(root, "serializer"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.net..")
                .or(
                    DescribedPredicate.describe(
                        "files and the process's streams",
                        type ->
                            type.getName().matches("java\\.io\\.(File|RandomAccessFile).*")
                                || type.getName().equals("java.lang.Process")
                                || type.getName().equals("java.lang.ProcessBuilder"))));
  }

  /** A library is used by the one package that is for it, so that it can be replaced there. */
  static List<ArchRule> librariesStayInTheirPackages(String root) {
    return List.of(
        classes()
            .that(dependOn("net.openhft.."))
            .should()
            .resideInAPackage(packageOf(root, "journal")),
        classes()
            .that(dependOn("com.fasterxml.jackson.."))
            .should()
            .resideInAPackage(packageOf(root, "serializer")));
  }

  private static DescribedPredicate<JavaClass> dependOn(String packageIdentifier) {
    DescribedPredicate<JavaClass> inside = resideInAPackage(packageIdentifier);
    return DescribedPredicate.describe(
        "depend on " + packageIdentifier,
        type ->
            type.getDirectDependenciesFromSelf().stream()
                .anyMatch(each -> inside.test(each.getTargetClass())));
  }
}
