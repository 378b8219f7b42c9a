import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Removes the Class-Path from the manifest of every jar in the directory that is its only argument.
 *
 * <p>A JVM opens the jars that such a line names, relative to the jar it is in, whether or not they are on the class path.
 * Chronicle's name a library that phones home and some that unpack native code. Holdfast leaves these out, and what
 * happens to have such a name beside the tool's jars must not be loaded by a process of root.
 *
 * <p>Everything else in a jar stays, with its order and times, so that the same jars give the same bytes.
 */
final class RemoveClassPaths {
  public static void main(String[] arguments) throws IOException {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of(arguments[0]), "*.jar")) {
      for (Path jar : jars) {
        rewrite(jar);
      }
    }
  }

  private static void rewrite(Path jar) throws IOException {
    Path rewritten = jar.resolveSibling(jar.getFileName() + ".new");
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      ZipEntry manifestEntry = zip.getEntry(JarFile.MANIFEST_NAME);
      if (manifestEntry == null) {
        return;
      }
      Manifest manifest;
      try (InputStream in = zip.getInputStream(manifestEntry)) {
        manifest = new Manifest(in);
      }
      if (manifest.getMainAttributes().remove(Attributes.Name.CLASS_PATH) == null) {
        return;
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      manifest.write(bytes);
      try (OutputStream out = Files.newOutputStream(rewritten);
          ZipOutputStream to = new ZipOutputStream(out)) {
        for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
          ZipEntry entry = entries.nextElement();
          ZipEntry copy = new ZipEntry(entry.getName());
          copy.setTimeLocal(entry.getTimeLocal());
          to.putNextEntry(copy);
          if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
            bytes.writeTo(to);
          } else {
            try (InputStream in = zip.getInputStream(entry)) {
              in.transferTo(to);
            }
          }
          to.closeEntry();
        }
      }
    }
    Files.move(rewritten, jar, StandardCopyOption.REPLACE_EXISTING);
  }
}
