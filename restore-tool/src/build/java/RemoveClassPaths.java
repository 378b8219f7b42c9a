import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * Removes the Class-Path from the manifest of every jar in the directory that is its only argument.
 *
 * <p>A JVM opens the jars that such a line names, relative to the jar it is in, whether or not they are on the class path.
 * Chronicle's name a library that phones home and some that unpack native code. Holdfast leaves these out, and what
 * happens to have such a name beside the tool's jars must not be loaded by a process of root.
 */
final class RemoveClassPaths {
  public static void main(String[] arguments) throws IOException {
    JarRewriter.rewriteAll(
        Path.of(arguments[0]),
        (name, content) -> name.equals(JarFile.MANIFEST_NAME) ? withoutClassPath(content) : content);
  }

  private static byte[] withoutClassPath(byte[] content) throws IOException {
    Manifest manifest = new Manifest(new ByteArrayInputStream(content));
    if (manifest.getMainAttributes().remove(Attributes.Name.CLASS_PATH) == null) {
      return content;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    manifest.write(bytes);
    return bytes.toByteArray();
  }
}
