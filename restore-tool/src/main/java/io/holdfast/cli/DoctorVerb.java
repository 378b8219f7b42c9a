package io.holdfast.cli;

import static io.holdfast.cli.Table.coloured;
import static io.holdfast.cli.Table.left;

import io.holdfast.Host;
import io.holdfast.cli.Console.Colour;
import io.holdfast.doctor.HostCheck;
import io.holdfast.doctor.HostDoctor;
import io.holdfast.model.PciAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code doctor}: whether this host can keep DMA memory in place. */
@Command(
    name = "doctor",
    description =
        "Find out whether this host can keep DMA memory in place across a kexec, and what to"
            + " change.",
    footer = {
      "  holdfast doctor",
      "  holdfast doctor --device 0000:00:04.0",
      "  holdfast doctor --json | jq '.checks[] | select(.status != \"ok\")'"
    })
final class DoctorVerb extends Verb {
  @Option(
      names = "--device",
      paramLabel = "BDF",
      converter = PciAddressConverter.class,
      description =
          "Look at this PCI device too, such as 0000:00:04.0. May be given several times.")
  private List<PciAddress> devices = List.of();

  @Override
  ExitCode run() {
    List<HostCheck> checks = new ArrayList<>();
    try (Host host = OpenHost.of(tool(), console())) {
      HostDoctor doctor = new HostDoctor(OpenHost.syscalls(host));
      checks.addAll(doctor.host());
      checks.add(doctor.stateDirectory(tool().state()));
      devices.forEach(device -> checks.addAll(doctor.device(device)));
    }
    return show(new Diagnosis(tool().host(), checks));
  }

  /** What the checks say together. */
  private record Diagnosis(String host, List<HostCheck> checks) implements Finding {
    @Override
    public ExitCode exitCode() {
      return HostCheck.allPass(checks) ? ExitCode.OK : ExitCode.HOST_NOT_ABLE;
    }

    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("host", host);
      document.put("able", HostCheck.allPass(checks));
      document.put("checks", checks.stream().map(DoctorVerb::document).toList());
      return document;
    }

    @Override
    public void print(Console console) {
      Table table = new Table();
      for (HostCheck check : checks) {
        table.row(
            coloured(console, colour(check.status()), word(check.status())),
            left(check.name()),
            left(check.detail()));
        if (!check.remedy().isEmpty()) {
          table.row("", "", "to do: " + check.remedy());
        }
      }
      table.printTo(console);
      console.blank();
      long failing =
          checks.stream().filter(check -> check.status() == HostCheck.Status.NOT_OK).count();
      console.line(
          failing == 0
              ? "This host can keep DMA memory in place across a kexec."
              : "This host cannot keep DMA memory in place yet: "
                  + failing
                  + " of "
                  + checks.size()
                  + " checks fail.");
    }
  }

  private static Map<String, Object> document(HostCheck check) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", check.name());
    fields.put("status", word(check.status()).replace(' ', '-'));
    fields.put("detail", check.detail());
    fields.put("remedy", check.remedy());
    return fields;
  }

  private static String word(HostCheck.Status status) {
    return switch (status) {
      case OK -> "ok";
      case WARNING -> "warning";
      case NOT_OK -> "not ok";
    };
  }

  private static Colour colour(HostCheck.Status status) {
    return switch (status) {
      case OK -> Colour.GOOD;
      case WARNING -> Colour.CAUTION;
      case NOT_OK -> Colour.BAD;
    };
  }
}
