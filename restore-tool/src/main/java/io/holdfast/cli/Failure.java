package io.holdfast.cli;

import io.holdfast.disk.NotPlainFileException;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.NothingPreservedException;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Why a verb did not do what was asked, for people and for programs.
 *
 * @param exitCode how the process ends
 * @param type the kind of failure: the simple name of the exception
 * @param problem what is wrong and where
 * @param remedy what to do; empty where nothing can be done
 * @param report what became of each device and buffer, where a restore got that far
 */
record Failure(
    ExitCode exitCode, String type, String problem, String remedy, Optional<RestoreReport> report) {
  /** A failure without a report. */
  Failure(ExitCode exitCode, String type, String problem, String remedy) {
    this(exitCode, type, problem, remedy, Optional.empty());
  }

  Failure {
    problem = SafeText.limit(problem, SafeText.LINE_CHARS / 4);
    remedy = SafeText.limit(remedy, SafeText.LINE_CHARS / 4);
  }

  /** The failure that an exception stands for. */
  static Failure of(Throwable thrown) {
    String type = thrown.getClass().getSimpleName();
    return switch (thrown) {
      case HoldfastException refused ->
          new Failure(
              ExitCodes.of(refused), type, refused.problem(), refused.remedy(), reportOf(refused));
      case UncheckedIOException file -> of(file.getCause());
      case NotPlainFileException file ->
          new Failure(
              ExitCode.INPUT_REFUSED,
              type,
              file.getFile() + " " + file.getReason(),
              "name a journal, a manifest or a state directory itself");
      case FileAlreadyExistsException file ->
          new Failure(
              ExitCode.NOT_ALLOWED_NOW,
              type,
              "there is a " + file.getFile() + " already",
              "name another file, or replace it with --force");
      case IOException file ->
          new Failure(
              ExitCode.FILE_FAILED, type, Words.of(file), "check the path and its permissions");
      case OutOfMemoryError memory ->
          new Failure(
              ExitCode.FAILURE,
              type,
              "out of memory (" + thrown.getMessage() + ")",
              "give the JVM more, for example HOLDFAST_JAVA_OPTS=-Xmx2g");
      default ->
          new Failure(
              ExitCode.FAILURE,
              type,
              "unexpected failure: "
                  + type
                  + (thrown.getMessage() == null ? "" : ": " + oneLine(thrown.getMessage())),
              "this is a bug in Holdfast; run again with --stacktrace and report its output and"
                  + " that of holdfast --version");
    };
  }

  /**
   * What became of each device and buffer, where the failure is one of a restore that got that far.
   */
  private static Optional<RestoreReport> reportOf(Throwable thrown) {
    return switch (thrown) {
      case RestoreException failed -> Optional.ofNullable(failed.report());
      case NothingPreservedException nothing -> Optional.ofNullable(nothing.report());
      default -> Optional.empty();
    };
  }

  /**
   * One line to the error stream and, for programs that have no document yet, one to the output
   * stream.
   *
   * @param verb which verb failed; empty if the command line names none
   */
  void printTo(Console console, String verb, boolean json) {
    printTo(console, verb, Optional.empty(), json);
  }

  /** As {@link #printTo(Console, String, boolean)}, of a verb that was about a session. */
  void printTo(Console console, String verb, Optional<String> session, boolean json) {
    if (json && !console.isDocumented()) {
      Map<String, Object> document = new LinkedHashMap<>();
      session.ifPresent(name -> document.put("session", name));
      document.put("error", document());
      report.ifPresent(found -> document.put("report", RestoreFinding.document(found)));
      console.document(verb, document);
    } else if (!json) {
      report.ifPresent(found -> RestoreFinding.printTables(console, found));
    }
    console.message(oneLine(problem) + (remedy.isEmpty() ? "" : ": " + oneLine(remedy)));
  }

  /** The failure's stable fields. */
  Map<String, Object> document() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("exitCode", exitCode.code());
    fields.put("exit", exitCode.id());
    fields.put("type", type);
    fields.put("problem", problem);
    fields.put("remedy", remedy);
    return fields;
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s*\\R\\s*", "; ");
  }
}
