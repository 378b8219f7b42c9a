import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import net.openhft.chronicle.hash.VanillaGlobalMutableState;
import net.openhft.chronicle.values.Values;

/**
 * Compiles, while Holdfast is built, the one class that Chronicle Map otherwise generates and compiles when a process
 * creates its first map: that takes over a second and the Java compiler at run time. Chronicle looks for the class by
 * its name before it generates it, and it is taken from the very version of Chronicle that is on the class path.
 *
 * <p>Its only argument is the folder for the class file.
 */
final class GenerateChronicleValues {
  private static final String CLASS = "net.openhft.chronicle.hash.VanillaGlobalMutableState$$Native";

  public static void main(String[] arguments) throws Exception {
    Path classes = Path.of(arguments[0]);
    Path classFile = classes.resolve(CLASS.replace('.', '/') + ".class");
    // Were it there from an earlier build, perhaps with another Chronicle, it would be found and not generated.
    Files.deleteIfExists(classFile);
    String source = generate();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> options =
        List.of(
            "-d", classes.toString(), "-classpath", System.getProperty("java.class.path"), "-proc:none", "-nowarn",
            "-Xlint:none");
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///" + CLASS.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    if (!compiler.getTask(null, null, null, options, null, List.of(file)).call() || !Files.exists(classFile)) {
      throw new IllegalStateException("Chronicle's generated class did not compile:\n" + source);
    }
  }

  /** The source that Chronicle would compile by itself; it prints it where this property is set. */
  private static String generate() {
    System.setProperty("chronicle.values.dumpCode", "true");
    PrintStream console = System.out;
    ByteArrayOutputStream dump = new ByteArrayOutputStream();
    System.setOut(new PrintStream(dump, true, StandardCharsets.UTF_8));
    try {
      Values.nativeClassFor(VanillaGlobalMutableState.class);
    } finally {
      System.setOut(console);
    }
    return dump.toString(StandardCharsets.UTF_8);
  }
}
