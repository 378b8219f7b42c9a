package io.holdfast.journal;

import io.holdfast.model.HostIdentity;
import io.holdfast.model.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Whose journal it is and who writes it: the first batch of every journal file.
 *
 * @param journal the journal's identity; stays when the content moves to a larger file or another
 *     writer goes on
 * @param session the session's name
 * @param host the machine
 * @param bootId the boot the file was begun in
 * @param generation how many live updates the session had come through then, at least 0
 * @param pid the writing process
 * @param startTimeTicks when that process started, in clock ticks since boot ({@code
 *     /proc/PID/stat}, field 22), so that a reused pid is not taken for it
 * @param command that process's name, as {@code /proc/PID/comm} tells it; empty in format 1
 * @param begunAt when the file was begun; empty in format 1
 */
public record JournalHeader(
    UUID journal,
    String session,
    HostIdentity host,
    UUID bootId,
    long generation,
    long pid,
    long startTimeTicks,
    Optional<String> command,
    Optional<Instant> begunAt) {
  public JournalHeader {
    Names.checkSession(session);
    command.ifPresent(name -> Names.check("the name of the writing process", name));
    if (generation < 0 || pid < 0 || startTimeTicks < 0) {
      throw new IllegalArgumentException("generation, pid and start time are at least 0");
    }
  }

  /**
   * The header of a journal that this process writes.
   *
   * @throws JournalIoException if /proc does not tell when this process started
   */
  public static JournalHeader ofThisProcess(
      UUID journal, String session, HostIdentity host, UUID bootId, long generation) {
    try {
      Stat stat = Stat.of("self");
      return new JournalHeader(
          journal,
          session,
          host,
          bootId,
          generation,
          ProcessHandle.current().pid(),
          stat.startTimeTicks(),
          Optional.of(shown(stat.command())),
          Optional.of(Instant.now()));
    } catch (IOException | RuntimeException e) {
      throw new JournalIoException(
          "cannot tell from /proc/self/stat when this process started", "mount /proc", e);
    }
  }

  /** A process may call itself anything, but it is recorded as a name. */
  static String shown(String command) {
    StringBuilder shown = new StringBuilder();
    command.codePoints().forEach(c -> shown.appendCodePoint(Names.isRefused(c) ? '?' : c));
    return shown.isEmpty() ? "?" : shown.toString();
  }

  /** Whether the process that wrote the file is still there; only on the machine it runs on. */
  public boolean isWriterAlive() {
    try {
      return Stat.of(Long.toString(pid)).startTimeTicks() == startTimeTicks;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /** What /proc/PID/stat says of a process. */
  private record Stat(String command, long startTimeTicks) {
    static Stat of(String process) throws IOException {
      // The second field is the command's name in parentheses and may itself hold spaces and
      // parentheses.
      String stat =
          Files.readString(Path.of("/proc", process, "stat"), StandardCharsets.ISO_8859_1);
      int nameEnd = stat.lastIndexOf(')');
      List<String> fieldsFromThird = List.of(stat.substring(nameEnd + 2).split(" ", -1));
      return new Stat(
          stat.substring(stat.indexOf('(') + 1, nameEnd),
          Long.parseLong(fieldsFromThird.get(22 - 3)));
    }
  }
}
