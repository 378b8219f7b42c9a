import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.ClassFileVersion;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives classes of the jars in the directory that is its only argument the class-file version of Java 8, where theirs is
 * older than Java 6's.
 *
 * <p>Such classes have no stack maps. The JVM verifies them by its old verifier, which is slow, and never keeps them in an
 * archive of loaded classes (AOT cache, CDS), so that they are parsed and verified at every start. picocli's are: half of
 * the time that the tool took to start. Nothing but the version and the stack maps changes.
 */
final class UpgradeClassFiles {
  private static final int OLD = ClassFile.JAVA_6_VERSION;
  private static final int NEW = ClassFile.JAVA_8_VERSION;

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    try (URLClassLoader jars = new URLClassLoader(urls(directory))) {
      ClassFile classes =
          ClassFile.of(
              ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(jars)
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      JarRewriter.rewriteAll(
          directory, (name, content) -> isOldClass(name, content) ? upgraded(classes, content) : content);
    }
  }

  private static URL[] urls(Path directory) throws IOException {
    List<URL> urls = new ArrayList<>();
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.jar")) {
      for (Path jar : jars) {
        urls.add(url(jar));
      }
    }
    return urls.toArray(URL[]::new);
  }

  private static URL url(Path jar) throws MalformedURLException {
    return jar.toUri().toURL();
  }

  /** The major version is the big-endian 16-bit number at 6 (JVMS 4.1). */
  private static boolean isOldClass(String name, byte[] content) {
    return name.endsWith(".class") && ((content[6] & 0xff) << 8 | content[7] & 0xff) < OLD;
  }

  private static byte[] upgraded(ClassFile classes, byte[] content) {
    ClassModel model = classes.parse(content);
    ClassTransform version =
        (to, element) -> {
          if (element instanceof ClassFileVersion) {
            to.withVersion(NEW, 0);
          } else {
            to.with(element);
          }
        };
    return classes.transformClass(
        model, ClassTransform.transformingMethodBodies((to, element) -> to.with(element)).andThen(version));
  }
}
