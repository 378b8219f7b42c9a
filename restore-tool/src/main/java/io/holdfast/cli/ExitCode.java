package io.holdfast.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;

/** How a verb ended, as the process's exit code. The numbers are stable: scripts depend on them. */
public enum ExitCode {
  OK(0, "done; nothing was found wrong"),
  FAILURE(1, "an unexpected failure: a fault in Holdfast, please report it"),
  USAGE(2, "the command line is wrong"),
  HOST_NOT_ABLE(3, "this host cannot do it: a device, a setting or a capability is missing"),
  NOTHING_TO_RESTORE(
      4, "there is nothing to restore: never preserved here, or lost by a cold boot"),
  INPUT_REFUSED(
      5, "a journal or manifest is damaged, too new, unsafe to trust, or not this host's"),
  NOT_VERIFIED(6, "a physical address or a byte differs from what was recorded"),
  KERNEL_REFUSED(7, "the kernel refused a call"),
  FILE_FAILED(8, "a file or directory cannot be read or written"),
  NOT_ALLOWED_NOW(9, "refused as things stand: something is in use, or would be lost"),
  COMMAND_FAILED(10, "the command to hand over to cannot be run"),
  OUTPUT_LOST(11, "the output could not be written: the disk is full or the stream is closed"),
  DIFFERENT(12, "what was compared is not the same");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /** The process's exit code. */
  public int code() {
    return code;
  }

  /** What it means, for people. */
  public String meaning() {
    return meaning;
  }

  /** Its stable name in JSON output, such as {@code host-not-able}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Puts the list of exit codes into a command's help. */
  static void documentIn(CommandLine commandLine) {
    Map<String, String> list = new LinkedHashMap<>();
    for (ExitCode each : values()) {
      list.put(Integer.toString(each.code), each.meaning);
    }
    commandLine
        .getCommandSpec()
        .usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(list);
  }
}
