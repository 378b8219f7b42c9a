package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.cli.NextKernelArguments.NextKernel;
import io.holdfast.doctor.HostCheck;
import io.holdfast.doctor.HostDoctor;
import io.holdfast.linux.KexecImage;
import io.holdfast.linux.SmallFiles;
import io.holdfast.sys.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kexec}: replace the kernel, if nothing is lost by it. */
@Command(
    name = "kexec",
    description = {
      "Check the next kernel and every session of this host, then replace the running kernel.",
      "Loads the kernel by kexec_file_load, the only way that hands memory over, and runs systemctl"
          + " kexec, which stops every service first. With --now the kernel is started at once, and"
          + " nothing is stopped.",
      "Refused with exit code 9 while a session is not sealed or nobody keeps it, and with 3 if the"
          + " next kernel cannot take the sessions over."
    },
    footer = {
      "  holdfast kexec --dry-run",
      "  holdfast kexec",
      "  holdfast kexec --kernel /boot/vmlinuz-7.3.1 --cmdline 'root=/dev/vda1 quiet'"
    })
final class KexecVerb extends Verb {
  private static final String SYSTEMD = "/run/systemd/system";

  @Mixin private NextKernelArguments next;

  @Option(
      names = "--now",
      description =
          "Start the kernel at once, as kexec -e does: no service is stopped, disks are only"
              + " synced.")
  private boolean now;

  @Option(names = "--dry-run", description = "Run the checks only.")
  private boolean dryRun;

  @Option(
      names = "--force",
      description = "Proceed although checks fail; what will be lost is printed.")
  private boolean force;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The holder's socket. Default: as holdfast hold has it.")
  private String socket;

  @Override
  ExitCode run() throws IOException, InterruptedException {
    try (Host host = OpenHost.of(tool(), console())) {
      Syscalls syscalls = OpenHost.syscalls(host);
      boolean systemd = SmallFiles.listable(syscalls, SYSTEMD).isPresent();
      if (!now && !systemd && !dryRun) {
        throw misused("systemd does not run here, so nothing would stop the host: say --now");
      }
      NextKernel kernel = next.resolve(syscalls);
      List<HostCheck> kernelChecks =
          new HostDoctor(syscalls).nextKernel(kernel.image(), kernel.commandLine());
      BeforeKexec sessions = BeforeKexec.of(syscalls, tool().state(), socket, !now && systemd);
      Preflight preflight = new Preflight(kernel, kernelChecks, sessions, now, force && !dryRun);
      if (dryRun || preflight.exitCode() != ExitCode.OK) {
        return show(preflight);
      }
      KexecImage.load(syscalls, kernel.image(), kernel.initrd(), kernel.commandLine());
      if (now) {
        runCommand("sync");
      }
      showNow(preflight, console());
      if (now) {
        KexecImage.start(syscalls);
      } else {
        runCommand("systemctl", "kexec");
      }
      return ExitCode.OK;
    }
  }

  private static void runCommand(String... command) throws InterruptedException {
    String words = String.join(" ", command);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      process.getOutputStream().close();
      if (process.waitFor() != 0) {
        throw new VerbException(
            ExitCode.COMMAND_FAILED,
            words + " ended with exit code " + process.exitValue(),
            "the kernel is loaded and this one still runs; see what systemd says: journalctl -e");
      }
    } catch (IOException e) {
      throw new VerbException(
          ExitCode.COMMAND_FAILED,
          "cannot run " + words + ": " + e.getMessage(),
          "the kernel is loaded and this one still runs");
    }
  }

  /** What was found before the kernel is replaced. */
  private record Preflight(
      NextKernel kernel,
      List<HostCheck> kernelChecks,
      BeforeKexec sessions,
      boolean now,
      boolean force)
      implements Finding {
    @Override
    public ExitCode exitCode() {
      if (force) {
        return ExitCode.OK;
      }
      if (!HostCheck.allPass(kernelChecks)) {
        return ExitCode.HOST_NOT_ABLE;
      }
      return sessions.lost().isEmpty() ? ExitCode.OK : ExitCode.NOT_ALLOWED_NOW;
    }

    private List<HostCheck> all() {
      List<HostCheck> all = new ArrayList<>(kernelChecks);
      all.addAll(sessions.checks());
      return all;
    }

    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("kernel", kernel.image());
      document.put("initrd", kernel.initrd().orElse(null));
      document.put("commandLine", kernel.commandLine());
      document.put("now", now);
      document.put("goesOn", exitCode() == ExitCode.OK);
      document.put("lost", sessions.lost());
      document.put("checks", all().stream().map(CheckTable::document).toList());
      return document;
    }

    @Override
    public void print(Console console) {
      CheckTable.print(console, all());
      console.line("Kernel: " + SafeText.field(kernel.image()));
      console.line("Initial RAM disk: " + SafeText.field(kernel.initrd().orElse("none")));
      console.line("Command line: " + SafeText.field(kernel.commandLine()));
      if (!HostCheck.allPass(kernelChecks)) {
        console.line("Everything preserved would be lost with this kernel.");
      } else if (!sessions.lost().isEmpty()) {
        console.line("Would be lost: " + SafeText.field(String.join(", ", sessions.lost())) + ".");
      } else {
        console.line("Nothing speaks against it.");
      }
    }
  }
}
