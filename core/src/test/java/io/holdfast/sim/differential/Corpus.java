package io.holdfast.sim.differential;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** Programs with what the real kernel answered: a line a step, a blank line after each program. */
final class Corpus {
  private static final String ARROW = " -> ";

  private Corpus() {}

  /** A program and its answers. */
  record Entry(Program program, List<Answer> answers) {
    /** Reads steps, each with its answer behind an arrow. */
    static Entry parse(List<String> lines) {
      List<Step> steps = new ArrayList<>();
      List<Answer> answers = new ArrayList<>();
      for (String line : lines) {
        int arrow = line.lastIndexOf(ARROW);
        steps.add(Step.parse(line.substring(0, arrow)));
        answers.add(Answer.parse(line.substring(arrow + ARROW.length()).strip()));
      }
      return new Entry(new Program(steps), answers);
    }
  }

  static void write(OutputStream to, List<Entry> entries) throws IOException {
    try (Writer writer = new OutputStreamWriter(new GZIPOutputStream(to), StandardCharsets.UTF_8)) {
      for (Entry entry : entries) {
        writer.write(entry.program().describe(entry.answers()));
        writer.write('\n');
      }
    }
  }

  static List<Entry> read(InputStream from) throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(from), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.isEmpty()) {
          entries.add(Entry.parse(lines));
          lines.clear();
        } else {
          lines.add(line);
        }
      }
    }
    return entries;
  }
}
