package io.holdfast.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

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
 * The rooms of Holdfast and the arrows between them, as ARCHITECTURE.md draws them.
 *
 * <p>Every rule is made for a root package, so that the same rules can be tried on classes that
 * break them.
 */
final class Rooms {
  static final String ROOT = "io.holdfast";

  /** The root package itself: the public API. */
  static final String API = "";

  /** Which rooms each room may use, besides itself. */
  static final Map<String, Set<String>> ARROWS =
      Map.of(
          "model",
          Set.of(),
          "serializer",
          Set.of("model"),
          "sys",
          Set.of("model"),
          "uapi",
          Set.of("sys", "model"),
          "linux",
          Set.of("uapi", "sys", "model"),
          "disk",
          Set.of("sys", "model"),
          "journal",
          Set.of("serializer", "disk", "model"),
          "session",
          Set.of("journal", "disk", "linux", "uapi", "sys", "serializer", "model"),
          "sim",
          Set.of("uapi", "sys", "model"),
          API,
          Set.of("session", "journal", "disk", "linux", "uapi", "sys", "serializer", "model"));

  /** The one class of the public API that may use the simulated kernel. */
  static final String SIMULATED_HOST = "SimulatedHost";

  private Rooms() {}

  static String packageOf(String root, String room) {
    return room.equals(API) ? root : root + "." + room;
  }

  /** Room {@code room} under {@code root} uses the rooms its arrows lead to, and no other. */
  static ArchRule arrows(String root, String room) {
    DescribedPredicate<JavaClass> simulatedHost =
        DescribedPredicate.describe(
            "the sim: host",
            type -> {
              String name = packageOf(root, API) + "." + SIMULATED_HOST;
              return type.getName().equals(name) || type.getName().startsWith(name + "$");
            });
    String[] allowed =
        ARROWS.get(room).stream().map(each -> packageOf(root, each)).toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(packageOf(root, room))
        .and(DescribedPredicate.not(simulatedHost))
        .should()
        .dependOnClassesThat(
            resideInAPackage(root + "..")
                .and(DescribedPredicate.not(resideInAPackage(packageOf(root, room))))
                .and(DescribedPredicate.not(resideInAnyPackage(allowed))));
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

  /** A library is used by the one room whose business it is, so that it can be replaced there. */
  static List<ArchRule> librariesStayInTheirRooms(String root) {
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
