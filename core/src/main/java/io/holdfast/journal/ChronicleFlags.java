package io.holdfast.journal;

import io.holdfast.sys.MissingJvmFlagException;
import net.openhft.chronicle.map.ChronicleMap;

/**
 * Checks that this JVM lets Chronicle Map reach what it needs inside the JDK.
 *
 * <p>Without the check a missing flag is an error deep in Chronicle's initialisation that does not
 * name the flag, and every later try is a NoClassDefFoundError.
 */
final class ChronicleFlags {
  private ChronicleFlags() {}

  /**
   * Checks the flags that nothing works without.
   *
   * @throws MissingJvmFlagException naming the first that is missing
   */
  static void check() {
    Module chronicle = ChronicleMap.class.getModule();
    requireOpen("java.lang", chronicle);
    requireOpen("java.lang.reflect", chronicle);
    if (!base().isExported("sun.nio.ch", chronicle)) {
      throw missing("--add-exports", "sun.nio.ch", chronicle);
    }
  }

  private static Module base() {
    return Object.class.getModule();
  }

  private static void requireOpen(String packageName, Module chronicle) {
    if (!base().isOpen(packageName, chronicle)) {
      throw missing("--add-opens", packageName, chronicle);
    }
  }

  private static MissingJvmFlagException missing(
      String option, String packageName, Module chronicle) {
    String to = chronicle.isNamed() ? chronicle.getName() : "ALL-UNNAMED";
    return new MissingJvmFlagException(
        "this JVM keeps package " + packageName + " from Chronicle Map, the journal's store",
        option + "=java.base/" + packageName + "=" + to,
        null);
  }
}
