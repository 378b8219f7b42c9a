package io.holdfast.disk;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a file or folder is this user's alone.
 *
 * <p>What a journal or manifest says decides where devices are allowed to write, so nobody else may
 * be able to change it; and it tells physical addresses, so nobody else may read it.
 */
public final class Privacy {
  private static final int TYPE_MASK = 0170000;
  private static final int REGULAR = 0100000;
  private static final int FOLDER = 0040000;
  private static final int SYMBOLIC_LINK = 0120000;
  private static final int ANYBODY_ELSE = 077;

  private Privacy() {}

  /**
   * Why something is not private.
   *
   * @param problem what is wrong, with the path
   * @param remedy what to do
   */
  public record Breach(String problem, String remedy) {}

  private record Attributes(int mode, int uid) {
    static Attributes of(Path path) throws IOException {
      Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid", NOFOLLOW_LINKS);
      return new Attributes((Integer) attributes.get("mode"), (Integer) attributes.get("uid"));
    }

    boolean isType(int type) {
      return (mode & TYPE_MASK) == type;
    }

    boolean isOpenToOthers() {
      return (mode & ANYBODY_ELSE) != 0;
    }

    boolean isWritableByOthers() {
      return (mode & 022) != 0;
    }

    boolean isSticky() {
      return (mode & 01000) != 0;
    }

    String modeText() {
      return "%04o".formatted(mode & 07777);
    }
  }

  /** What is wrong with a folder that has to be private, if anything. */
  public static Optional<Breach> ofFolder(Path folder) throws IOException {
    Attributes attributes = Attributes.of(folder);
    if (!attributes.isType(FOLDER)) {
      return breach(
          folder
              + (attributes.isType(SYMBOLIC_LINK) ? " is a symbolic link" : " is not a directory"),
          "give the directory itself");
    }
    if (attributes.isOpenToOthers()) {
      return breach(
          "the directory "
              + folder
              + " has mode "
              + attributes.modeText()
              + ", so others can reach the files in it",
          "chmod 700 " + folder);
    }
    return owner(folder, attributes, false);
  }

  /**
   * What is wrong with a file that has to be private, if anything; to be asked before it is opened.
   *
   * @param forReading whether it is only going to be read: root may read another user's file
   */
  public static Optional<Breach> ofFile(Path file, boolean forReading) throws IOException {
    Attributes attributes = Attributes.of(file);
    if (attributes.isType(SYMBOLIC_LINK)) {
      return breach(file + " is a symbolic link", "give the file it stands for");
    }
    if (!attributes.isType(REGULAR)) {
      return breach(file + " is not a plain file", "give a journal's or a manifest's path");
    }
    if (attributes.isOpenToOthers()) {
      return breach(
          file + " has mode " + attributes.modeText() + ", so others may have changed it",
          "if you trust its content, chmod 600 " + file);
    }
    return owner(file, attributes, forReading);
  }

  /**
   * What is wrong with the directories above one that has to be private, if anything: whoever can
   * write one of them can put another in its place. As sshd does, each has to belong to root or to
   * this user and to be writable by nobody else; unlike there, one with the sticky bit, such as
   * /tmp, may be, since nobody can rename or remove what is another's in it.
   */
  public static Optional<Breach> ofParents(Path directory) throws IOException {
    int self = currentUser();
    for (Path above = parentThatIsThere(directory); above != null; above = above.getParent()) {
      Attributes attributes = Attributes.of(above);
      if (attributes.uid() != self && attributes.uid() != 0) {
        return breach(
            above + ", above " + directory + ", belongs to user " + attributes.uid(),
            "choose a state directory whose parents belong to root or to this user");
      }
      if (attributes.isWritableByOthers() && !attributes.isSticky()) {
        return breach(
            above
                + ", above "
                + directory
                + ", has mode "
                + attributes.modeText()
                + ", so others can put another directory in its place",
            "chmod go-w " + above);
      }
    }
    return Optional.empty();
  }

  private static Path parentThatIsThere(Path directory) throws IOException {
    if (Files.exists(directory)) {
      return directory.toRealPath().getParent();
    }
    Path above = directory.toAbsolutePath().getParent();
    while (above != null && !Files.exists(above)) {
      above = above.getParent();
    }
    return above == null ? null : above.toRealPath();
  }

  /** The user that this process runs as. */
  // The kernel gives a process's own directory in /proc the process's effective user.
  public static int currentUser() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  private static Optional<Breach> owner(Path path, Attributes attributes, boolean rootMay)
      throws IOException {
    int self = currentUser();
    if (attributes.uid() == self || (rootMay && self == 0)) {
      return Optional.empty();
    }
    return breach(
        path + " belongs to user " + attributes.uid() + ", and this process runs as user " + self,
        "run as its owner, or choose a state directory of your own");
  }

  private static Optional<Breach> breach(String problem, String remedy) {
    return Optional.of(new Breach(problem, remedy));
  }
}
