package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.store.HeldSessions;
import io.holdfast.store.Holder;
import io.holdfast.store.HolderOptions;
import io.holdfast.store.StoreException;
import io.holdfast.sys.Syscalls;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hold}: keep descriptors for drivers, on a host without systemd. */
@Command(
    name = "hold",
    description = {
      "Keep the descriptors of drivers' sessions beyond the drivers' processes, where systemd does"
          + " not.",
      "Runs until it is killed. SIGTERM ends it once it keeps nothing; what it keeps is lost with"
          + " it. holdfast-hold.service runs it so that a shutdown does not stop it before the"
          + " kexec."
    },
    footer = {
      "  holdfast hold",
      "  holdfast hold --socket /run/nic/holder.sock --max 20000",
      "  holdfast hold --take-over"
    })
final class HoldVerb extends Verb {
  private static final long POLL_MILLIS = 100;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description =
          "The socket to listen on, in a directory of this user's with mode 0700 that is made if"
              + " need be. Default: HOLDFAST_HOLDER, or /run/holdfast/holder.sock, or below"
              + " XDG_RUNTIME_DIR for users other than root.")
  private String socket;

  @Option(
      names = "--max",
      paramLabel = "N",
      defaultValue = "" + HolderOptions.DEFAULT_MAX_DESCRIPTORS,
      description =
          "How many descriptors to keep at most; RLIMIT_NOFILE is raised for them. Default:"
              + " ${DEFAULT-VALUE}.")
  private int max;

  @Option(
      names = "--take-over",
      description =
          "Take everything over from the holder that is running, which ends; drivers do not"
              + " notice.")
  private boolean takeOver;

  @Override
  ExitCode run() {
    try (Host host = OpenHost.of(tool(), console())) {
      Syscalls syscalls = OpenHost.syscalls(host);
      String path = socket != null ? socket : HeldSessions.path(syscalls, System.getenv());
      HolderOptions options;
      try {
        options = new HolderOptions(path, max);
      } catch (IllegalArgumentException wrong) {
        throw misused(wrong.getMessage());
      }
      try (Holder holder =
          takeOver ? Holder.takeOver(syscalls, options) : Holder.start(syscalls, options)) {
        hold(holder, path);
      }
      return ExitCode.OK;
    }
  }

  private void hold(Holder holder, String path) {
    Thread self = Thread.currentThread();
    Thread ending = new Thread(() -> endWhenEmpty(holder, self), "holdfast-ending");
    Runtime.getRuntime().addShutdownHook(ending);
    say(
        "process %d keeps up to %,d descriptors at %s"
            .formatted(ProcessHandle.current().pid(), holder.maxDescriptors(), path));
    if (holder.kept() > 0) {
      say("took over " + Words.count(holder.kept(), "descriptor"));
    }
    try {
      holder.ready(System.getenv());
    } catch (StoreException untold) {
      say("went on after a failure: " + untold.getMessage());
    }
    holder.run(failure -> say("went on after a failure: " + failure.getMessage()));
    if (holder.isHandedOver()) {
      say("handed everything over");
    }
    try {
      Runtime.getRuntime().removeShutdownHook(ending);
    } catch (IllegalStateException alreadyEnding) {
      return;
    }
  }

  /** Runs when the JVM was asked to end; the JVM ends when this returns. */
  private void endWhenEmpty(Holder holder, Thread working) {
    if (holder.kept() > 0) {
      say(
          "asked to end, but keeps %s that would be lost; ends when they are gone (holdfast discard),"
                  .formatted(Words.count(holder.kept(), "descriptor"))
              + " or by SIGKILL");
    }
    try {
      while (holder.kept() > 0 && working.isAlive()) {
        Thread.sleep(POLL_MILLIS);
      }
      holder.stop();
      working.join(TimeUnit.SECONDS.toMillis(2));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void say(String text) {
    console().message(text);
  }
}
