package io.holdfast;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The flags that a Java virtual machine with Holdfast in it is started with.
 *
 * <p>They are a resource of this jar, {@code io/holdfast/jvm.flags}, in the form of an argument
 * file for {@code java @FILE}. A program that starts such a JVM, a build's tests for example, takes
 * them from here; a shell from {@code java -jar holdfast-core.jar --print-jvm-flags}.
 */
public final class JvmFlags {
  private static final String RESOURCE = "jvm.flags";
  private static final String PRINT = "--print-jvm-flags";

  private JvmFlags() {}

  /** The argument file, comments included. */
  public static String argumentFile() {
    try (InputStream file = JvmFlags.class.getResourceAsStream(RESOURCE)) {
      if (file == null) {
        throw new IllegalStateException("this build of Holdfast has no io/holdfast/" + RESOURCE);
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The flags one by one, for a process builder. */
  public static List<String> list() {
    return argumentFile()
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .toList();
  }

  /** Prints the argument file if asked for it by {@code --print-jvm-flags}. */
  public static void main(String[] arguments) {
    if (arguments.length == 1 && arguments[0].equals(PRINT)) {
      System.out.print(argumentFile());
    } else {
      System.err.println("Usage: java -jar holdfast-core.jar " + PRINT);
      System.exit(2);
    }
  }
}
