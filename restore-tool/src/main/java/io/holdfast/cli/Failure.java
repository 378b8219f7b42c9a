package io.holdfast.cli;

import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Why a verb did not do what was asked, for people and for programs.
 *
 * @param exitCode how the process ends
 * @param type the kind of failure: the simple name of the exception
 * @param problem what is wrong and where
 * @param remedy what to do; empty where nothing can be done
 */
record Failure(ExitCode exitCode, String type, String problem, String remedy) {
  /** The failure that an exception stands for. */
  static Failure of(Throwable thrown) {
    String type = thrown.getClass().getSimpleName();
    return switch (thrown) {
      case HoldfastException refused ->
          new Failure(ExitCodes.of(refused), type, refused.problem(), refused.remedy());
      case UncheckedIOException file -> of(file.getCause());
      case IOException file ->
          new Failure(
              ExitCode.FILE_FAILED,
              type,
              Words.of(file),
              "check the path and who may read and write it");
      default ->
          new Failure(
              ExitCode.FAILURE,
              type,
              "unexpected failure: "
                  + type
                  + (thrown.getMessage() == null ? "" : ": " + oneLine(thrown.getMessage())),
              "this is a fault in Holdfast; run again with --stacktrace and report what it prints,"
                  + " with the output of holdfast --version");
    };
  }

  /** One line to the error stream and, for programs, one document to the output stream. */
  void printTo(Console console, boolean json) {
    if (json) {
      console.document(Map.of("error", document()));
    }
    console
        .err()
        .println(
            "holdfast: " + oneLine(problem) + (remedy.isEmpty() ? "" : ": " + oneLine(remedy)));
    console.err().flush();
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
