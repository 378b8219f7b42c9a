import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Changes entries of jars. Everything else in a jar stays, with its order and times, so that the same jars give the same
 * bytes; a jar in which nothing changes is not touched.
 */
final class JarRewriter {
  /** What becomes of an entry. */
  interface Change {
    /** The entry's new content; {@code content} itself to leave it as it is. */
    byte[] apply(String name, byte[] content) throws IOException;
  }

  private JarRewriter() {}

  /** Rewrites every jar in a directory that {@code change} changes. */
  static void rewriteAll(Path directory, Change change) throws IOException {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.jar")) {
      for (Path jar : jars) {
        rewrite(jar, change);
      }
    }
  }

  private static void rewrite(Path jar, Change change) throws IOException {
    Path rewritten = jar.resolveSibling(jar.getFileName() + ".new");
    boolean changed = false;
    try (ZipFile zip = new ZipFile(jar.toFile());
        OutputStream out = Files.newOutputStream(rewritten);
        ZipOutputStream to = new ZipOutputStream(out)) {
      for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
        ZipEntry entry = entries.nextElement();
        byte[] content;
        try (InputStream in = zip.getInputStream(entry)) {
          content = in.readAllBytes();
        }
        byte[] now = change.apply(entry.getName(), content);
        changed |= now != content;
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTimeLocal(entry.getTimeLocal());
        to.putNextEntry(copy);
        to.write(now);
        to.closeEntry();
      }
    }
    if (changed) {
      Files.move(rewritten, jar, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(rewritten);
    }
  }
}
