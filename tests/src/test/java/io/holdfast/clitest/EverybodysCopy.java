package io.holdfast.clitest;

import io.holdfast.cli.Main;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A copy of the tool that every user can read, wherever the source tree is, and processes of other
 * users that run it. The JDK is used where it is.
 */
final class EverybodysCopy {
  private static final String SETPRIV = "/usr/bin/setpriv";
  private static final int READ_AND_SEARCH = 05;

  private final Path directory;
  private final List<String> command = new ArrayList<>();

  /** Copies it to a directory that is there and that everybody can search. */
  EverybodysCopy(Path directory) throws IOException {
    this.directory = directory;
    List<String> classPath = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path from = Path.of(entry);
      if (Files.exists(from)) {
        Path to = directory.resolve(classPath.size() + "-" + from.getFileName());
        copy(from, to);
        classPath.add(to.toString());
      }
    }
    Path flags = directory.resolve("jvm.flags");
    copy(Path.of(System.getProperty("holdfast.root"), "jvm.flags"), flags);
    command.add(java().toString());
    command.addAll(List.of("@" + flags, "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(String.join(File.pathSeparator, classPath));
    command.add(Main.class.getName());
  }

  private static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /** Why no process of another user can be tried here; empty if one can. */
  static String whyNot() throws IOException {
    if (!System.getProperty("user.name").equals("root")) {
      return "only root can start processes of other users";
    }
    if (!Files.isExecutable(Path.of(SETPRIV))) {
      return "there is no " + SETPRIV;
    }
    for (Path path = java().toRealPath(); path != null; path = path.getParent()) {
      if (((Integer) Files.getAttribute(path, "unix:mode") & READ_AND_SEARCH) != READ_AND_SEARCH) {
        return "other users cannot read the JDK: " + path;
      }
    }
    return "";
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : files.toList()) {
        Path target = to.resolve(from.relativize(each).toString());
        if (Files.isDirectory(each)) {
          Files.createDirectories(target);
          Files.setAttribute(target, "unix:mode", 0755);
        } else {
          Files.copy(each, target, StandardCopyOption.REPLACE_EXISTING);
          Files.setAttribute(target, "unix:mode", 0644);
        }
      }
    }
  }

  /** Starts the tool as a user who has no groups and no capabilities. */
  Process start(int uid, String... arguments) throws IOException {
    String user = Integer.toString(uid);
    List<String> line = new ArrayList<>();
    line.addAll(List.of(SETPRIV, "--reuid", user, "--regid", user, "--clear-groups"));
    line.addAll(command);
    line.addAll(List.of(arguments));
    ProcessBuilder tool = new ProcessBuilder(line).directory(directory.toFile());
    tool.environment().keySet().removeIf(name -> name.startsWith("XDG_") || name.equals("HOME"));
    return tool.start();
  }

  /** Runs the tool to its end. */
  Holdfast.Result run(int uid, String... arguments) {
    try {
      return Holdfast.result(start(uid, arguments));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
