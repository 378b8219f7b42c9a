package io.holdfast.cli;

import static io.holdfast.cli.Table.coloured;
import static io.holdfast.cli.Table.right;

import io.holdfast.cli.Console.Colour;
import io.holdfast.cli.demo.DemoOutcome;
import io.holdfast.cli.demo.DemoOutcome.Buffer;
import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How the demo ended.
 *
 * @param outcome what it saw on both sides of the kexec
 * @param kept the folder it leaves behind, if it does
 * @param report the page that was written, if one was
 */
record DemoFinding(DemoOutcome outcome, List<Path> kept, Optional<Path> report) implements Finding {
  private static final int EXTENTS_SHOWN = 2;

  @Override
  public ExitCode exitCode() {
    return outcome.isAsItWas() ? ExitCode.OK : ExitCode.NOT_VERIFIED;
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("asItWas", outcome.isAsItWas());
    document.put("seed", outcome.seed());
    document.put("extents", outcome.extents());
    document.put("lengthBytes", outcome.lengthBytes());
    document.put("recorderPid", outcome.recorderPid());
    document.put("kexecPid", outcome.kexecPid());
    document.put("restorerPid", outcome.restorerPid());
    document.put("bootId", outcome.bootId());
    document.put("dmaBefore", outcome.dmaBefore());
    document.put("dmaAfter", outcome.dmaAfter());
    document.put("buffers", outcome.buffers().stream().map(DemoFinding::document).toList());
    document.put("control", document(outcome.control()));
    document.put("violations", outcome.violations());
    document.put("folder", kept.isEmpty() ? null : kept.getFirst());
    document.put("report", report.orElse(null));
    return document;
  }

  private static Map<String, Object> document(Buffer buffer) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", buffer.name());
    document.put("lengthBytes", buffer.before().lengthBytes());
    document.put("inPlace", buffer.isInPlace());
    document.put("differingBytes", buffer.differingBytes());
    document.put("before", extents(buffer.before()));
    document.put("after", extents(buffer.after()));
    return document;
  }

  private static List<String> extents(ExtentList extents) {
    return extents.stream().map(Extent::toString).toList();
  }

  @Override
  public void print(Console console) {
    Table table =
        new Table()
            .indentedBy(3)
            .row(
                "buffer",
                right("bytes"),
                right("extents"),
                "addresses before",
                "addresses after",
                "");
    outcome.buffers().forEach(buffer -> table.add(row(console, buffer)));
    table.add(row(console, outcome.control()));
    table.printTo(console);
    console.blank();
    Buffer control = outcome.control();
    console.line(
        "   \"%s\" was not preserved: it is somewhere else now%s"
            .formatted(
                control.name(),
                outcome.violations().isEmpty()
                    ? "."
                    : ", and its old memory is not the driver's:"));
    outcome.violations().forEach(violation -> console.line("   caught: " + violation));
    console.blank();
    console.line(console.colour(outcome.isAsItWas() ? Colour.GOOD : Colour.BAD, sentence()));
    report.ifPresent(file -> console.line("The report: " + SafeText.field(file)));
    kept.forEach(folder ->
        console.line(
            "The directory is kept: %s (look around: holdfast --host sim:%s/machine --state %s/state inspect %s/state)"
                .formatted(folder, folder, folder, folder)));
  }

  private static List<Table.Cell> row(Console console, Buffer buffer) {
    boolean good = buffer.isInPlace() && buffer.differingBytes() == 0;
    String verdict = buffer.isInPlace() ? "same place" : "moved";
    if (buffer.differingBytes() > 0) {
      verdict += ", " + Words.count(buffer.differingBytes(), "byte") + " changed";
    }
    int before = buffer.before().size();
    int after = buffer.after().size();
    return List.of(
        Table.left(buffer.name()),
        right("%,d".formatted(buffer.before().lengthBytes())),
        right(before == after ? "%,d".formatted(before) : "%,d → %,d".formatted(before, after)),
        Table.left(firstOf(buffer.before())),
        Table.left(firstOf(buffer.after())),
        coloured(console, good ? Colour.GOOD : Colour.CAUTION, verdict));
  }

  private static String firstOf(ExtentList extents) {
    return extents.stream()
            .limit(EXTENTS_SHOWN)
            .map(extent -> Words.hex(extent.physicalAddress()))
            .collect(Collectors.joining(" "))
        + (extents.size() > EXTENTS_SHOWN ? " …" : "");
  }

  private String sentence() {
    if (outcome.isAsItWas()) {
      return "Across the kexec all %s (%,d bytes) are where they were; every byte is intact."
          .formatted(Words.count(outcome.extents(), "extent"), outcome.lengthBytes());
    }
    long moved = outcome.buffers().stream().filter(each -> !each.isInPlace()).count();
    long changed = outcome.buffers().stream().mapToLong(Buffer::differingBytes).sum();
    return "It did not work: %s moved, %s changed, DMA %s before and %s after."
        .formatted(
            Words.count(moved, "buffer"),
            Words.count(changed, "byte"),
            outcome.dmaBefore() ? "arrived" : "did not arrive",
            outcome.dmaAfter() ? "arrived" : "did not arrive");
  }
}
