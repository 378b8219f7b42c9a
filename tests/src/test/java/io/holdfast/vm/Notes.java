package io.holdfast.vm;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * What a scenario wants to remember over a kexec, in a file; written whole before, read whole
 * after.
 */
final class Notes {
  private final Path file;
  private final Properties notes = new Properties();

  private Notes(Path file) {
    this.file = file;
  }

  /** The notes in a file, none if it is not there. */
  static Notes read(Path file) throws IOException {
    Notes read = new Notes(file);
    if (Files.exists(file)) {
      try (Reader reader = Files.newBufferedReader(file)) {
        read.notes.load(reader);
      }
    }
    return read;
  }

  void write() throws IOException {
    try (Writer writer = Files.newBufferedWriter(file)) {
      notes.store(writer, null);
    }
  }

  void put(String key, Object value) {
    notes.setProperty(key, value.toString());
  }

  /** The value noted, or an empty string. */
  String get(String key) {
    return notes.getProperty(key, "");
  }

  /** The number noted, or 0. */
  int number(String key) {
    return Integer.parseInt(notes.getProperty(key, "0"));
  }
}
