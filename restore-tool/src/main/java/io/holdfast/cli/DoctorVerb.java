package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.cli.NextKernelArguments.NextKernel;
import io.holdfast.doctor.HostCheck;
import io.holdfast.doctor.HostDoctor;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code doctor}: whether this host can keep DMA memory in place. */
@Command(
    name = "doctor",
    description =
        "Check whether this host can keep DMA memory in place across a kexec, and say what to"
            + " change where it cannot.",
    footer = {
      "  holdfast doctor",
      "  holdfast doctor --device 0000:00:04.0",
      "  holdfast doctor --before-kexec --kernel /boot/vmlinuz-7.3.1",
      "  holdfast doctor --kernel-config > holdfast.config",
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

  @Option(
      names = "--before-kexec",
      description = "Check the next kernel and every session too: what a kexec would lose now.")
  private boolean beforeKexec;

  @Option(
      names = "--kernel-config",
      description =
          "Print only the options that this kernel lacks, for the kernel's"
              + " scripts/kconfig/merge_config.sh; all that are needed if its own cannot be read.")
  private boolean kernelConfig;

  @Mixin private NextKernelArguments next;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The holder's socket. Default: as holdfast hold has it.")
  private String socket;

  @Override
  ExitCode run() {
    List<HostCheck> checks = new ArrayList<>();
    try (Host host = OpenHost.of(tool(), console())) {
      Syscalls syscalls = OpenHost.syscalls(host);
      HostDoctor doctor = new HostDoctor(syscalls);
      if (kernelConfig) {
        return show(new Options(doctor.missingOptions().orElseGet(HostDoctor::neededOptions)));
      }
      checks.addAll(doctor.host());
      checks.add(doctor.stateDirectory(tool().state()));
      devices.forEach(device -> checks.addAll(doctor.device(device)));
      if (beforeKexec) {
        NextKernel kernel = next.resolve(syscalls);
        checks.addAll(doctor.nextKernel(kernel.image(), kernel.commandLine()));
        checks.addAll(BeforeKexec.of(syscalls, tool().state(), socket, true).checks());
      }
    }
    return show(new Diagnosis(tool().host(), checks));
  }

  /** Options of a kernel. */
  private record Options(List<String> lines) implements Finding {
    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("kernelConfig", lines);
      return document;
    }

    @Override
    public void print(Console console) {
      lines.forEach(console::line);
    }
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
      document.put("checks", checks.stream().map(CheckTable::document).toList());
      return document;
    }

    @Override
    public void print(Console console) {
      CheckTable.print(console, checks);
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
}
