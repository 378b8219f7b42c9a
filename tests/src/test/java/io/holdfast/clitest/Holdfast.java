package io.holdfast.clitest;

import io.holdfast.cli.Main;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The restore tool and its companions as processes of their own, started as the launcher starts
 * them.
 */
final class Holdfast {
  private Holdfast() {}

  /**
   * How a run of the tool ended.
   *
   * @param code the exit code
   * @param out what it wrote to its output stream
   * @param err what it wrote to its error stream
   */
  record Result(int code, String out, String err) {
    /** Everything, for a failing test's message. */
    @Override
    public String toString() {
      return "exit code " + code + "\n--- out\n" + out + "--- err\n" + err;
    }
  }

  /** Runs the tool to its end. */
  static Result run(String... arguments) {
    return run(List.of(), arguments);
  }

  /** Runs the tool to its end, in a JVM with some more options. */
  static Result run(List<String> jvmOptions, String... arguments) {
    try {
      return result(start(jvmOptions, arguments));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives a process that was started no input, and waits for its end. */
  static Result result(Process process) {
    try {
      process.getOutputStream().close();
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
      String out = text(process.getInputStream());
      return new Result(process.waitFor(), out, err.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Starts the tool. */
  static Process start(List<String> jvmOptions, String... arguments) throws IOException {
    ProcessBuilder tool = new ProcessBuilder(java(Main.class, List.of(arguments)));
    if (!jvmOptions.isEmpty()) {
      tool.environment().put("JDK_JAVA_OPTIONS", String.join(" ", jvmOptions));
    }
    return tool.start();
  }

  /** The command line of a JVM with Holdfast's flags and this JVM's class path. */
  static List<String> java(Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Path.of(System.getProperty("holdfast.root"), "jvm.flags"));
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }

  private static String text(InputStream stream) {
    try (stream) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
