package io.holdfast.session;

/**
 * Told of a restore's progress, on the thread that restores. An exception from it ends the restore.
 */
@FunctionalInterface
public interface RestoreListener {
  /** Hears nothing. */
  RestoreListener SILENT = (stage, item, done, total) -> {};

  /**
   * One more item of a stage is done.
   *
   * @param stage the stage
   * @param item what was done, such as a buffer's name
   * @param done how many of the stage's items are done, this one included
   * @param total how many items the stage has
   */
  void onProgress(Stage stage, String item, int done, int total);
}
