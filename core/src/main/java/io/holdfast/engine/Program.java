package io.holdfast.engine;

import io.holdfast.session.SessionException;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a command can be executed, as far as that can be told without executing it: it is found,
 * it may be run, it is an ELF program for this machine or a script, its interpreters are there, and
 * its arguments and environment are not more than the kernel takes.
 *
 * <p>For commands that get a session which can be taken once. Keeps no state.
 */
public final class Program {
  private static final int HEAD_BYTES = 256; // BINPRM_BUF_SIZE: what the kernel looks at.
  private static final int MOST_INTERPRETERS = 4;
  private static final int ELF_MAGIC = 0x464c457f;
  private static final int PT_LOAD = 1;
  private static final int PT_INTERP = 3;
  private static final int PF_X = 1;
  private static final int PAGE_BYTES = 4096;
  private static final long TOP =
      (1L << 47) - PAGE_BYTES; // TASK_SIZE of x86-64, the least there is.
  private static final long MAX_STRING_BYTES = 128 * 1024; // MAX_ARG_STRLEN
  private static final long LEAST_ROOM_BYTES = 128 * 1024; // ARG_MAX
  private static final long MOST_ROOM_BYTES = 6 * 1024 * 1024; // Three quarters of _STK_LIM.

  private Program() {}

  /**
   * The path of the program that a command means.
   *
   * @param variables where PATH is looked up
   * @param environment the environment that it gets, as lines
   * @throws SessionException naming what would make the kernel refuse it
   */
  public static String check(
      List<String> command, Map<String, String> variables, List<String> environment) {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("no command to hand over to");
    }
    Path program = find(command.getFirst(), variables.getOrDefault("PATH", "/usr/bin:/bin"));
    checkFile(program, MOST_INTERPRETERS);
    checkRoom(program.toString(), command, environment);
    return program.toString();
  }

  private static Path find(String name, String searchPath) {
    List<Path> candidates = new ArrayList<>();
    if (name.contains("/")) {
      candidates.add(Path.of(name).toAbsolutePath());
    } else if (!name.isEmpty()) {
      for (String directory : searchPath.split(":", -1)) {
        candidates.add(Path.of(directory.isEmpty() ? "." : directory, name).toAbsolutePath());
      }
    }
    return candidates.stream()
        .filter(Program::isExecutable)
        .findFirst()
        .orElseThrow(() ->
            refused("there is no program \"" + name + "\" that can be run", "give its full path"));
  }

  private static boolean isExecutable(Path path) {
    return Files.isRegularFile(path) && Files.isExecutable(path);
  }

  private static void checkFile(Path program, int interpretersLeft) {
    try (RandomAccessFile file = new RandomAccessFile(program.toFile(), "r")) {
      byte[] head = new byte[HEAD_BYTES];
      int length = Math.max(0, file.read(head));
      ByteBuffer bytes = ByteBuffer.wrap(head, 0, length).order(ByteOrder.nativeOrder());
      Optional<Path> interpreter;
      if (length >= 2 && head[0] == '#' && head[1] == '!') {
        interpreter = Optional.of(ofScript(program, head, length));
      } else if (length >= 64 && bytes.getInt(0) == ELF_MAGIC) {
        interpreter = ofElf(program, file, bytes);
      } else if (isOnlyElfAndScripts()) {
        throw refused(
            program + " is neither an ELF program nor a script",
            "begin a script with #! and its interpreter");
      } else {
        return;
      }
      if (interpreter.isPresent()) {
        if (!isExecutable(interpreter.get())) {
          throw refused(
              program + " needs " + interpreter.get() + ", which cannot be run",
              "install its interpreter");
        }
        if (interpretersLeft == 0) {
          throw refused(program + " is the script of a script of a script", "name a program");
        }
        checkFile(interpreter.get(), interpretersLeft - 1);
      }
    } catch (IOException e) {
      // It may be executed though it may not be read; the kernel decides.
      return;
    }
  }

  private static Path ofScript(Path script, byte[] head, int length) {
    String line = new String(head, 2, length - 2, StandardCharsets.ISO_8859_1);
    int end = line.indexOf('\n');
    // Nothing but blanks is left out: with a carriage return it is another interpreter.
    String[] words =
        (end < 0 ? line : line.substring(0, end)).replaceAll("^[ \\t]+", "").split("[ \\t]+", 2);
    if (words[0].isEmpty() || (end < 0 && words.length == 1 && length == HEAD_BYTES)) {
      throw refused(script + " names no interpreter after #!", "name one by its full path");
    }
    return path(words[0]);
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw refused("\"" + text + "\" is no path of an interpreter", "install the program again");
    }
  }

  private static Optional<Path> ofElf(Path program, RandomAccessFile file, ByteBuffer head)
      throws IOException {
    int type = head.getShort(16);
    if (type != 2 && type != 3) {
      throw refused(program + " is not an ELF program for this machine", "use one built for it");
    }
    // The kernel goes by the machine, not by the byte for the class.
    if (head.getShort(18) != machine()) {
      if (head.get(4) == 1 || !isOnlyElfAndScripts()) {
        return Optional.empty(); // Whether it runs 32-bit programs, or others, only it knows.
      }
      throw refused(program + " is an ELF program for another machine", "use one built for this");
    }
    long offset = head.getLong(32);
    int entryBytes = head.getShort(54) & 0xffff;
    int count = head.getShort(56) & 0xffff;
    if (entryBytes != 56 || count == 0 || offset < 64 || offset + 56L * count > file.length()) {
      throw refused(program + " is a damaged ELF program", "install it again");
    }
    ByteBuffer entry = ByteBuffer.allocate(entryBytes).order(ByteOrder.nativeOrder());
    Optional<Path> interpreter = Optional.empty();
    long begin = head.getLong(24);
    boolean canBegin = false;
    for (int i = 0; i < count; i++) {
      file.seek(offset + (long) entryBytes * i);
      file.readFully(entry.array());
      int kind = entry.getInt(0);
      if (kind == PT_LOAD) {
        Segment segment = Segment.of(entry);
        if (!segment.canBeLoaded(file.length())) {
          throw refused(program + " is a damaged ELF program", "install it again");
        }
        canBegin |= segment.canBegin(begin);
      } else if (kind == PT_INTERP) {
        interpreter = Optional.of(ofElfInterpreter(program, file, entry));
      }
    }
    if (!canBegin) {
      throw refused(
          program + " is a damaged ELF program: it begins where it has no code",
          "install it again");
    }
    return interpreter;
  }

  private static Path ofElfInterpreter(Path program, RandomAccessFile file, ByteBuffer entry)
      throws IOException {
    long at = entry.getLong(8);
    long size = entry.getLong(32);
    if (size < 2 || size > PAGE_BYTES || at < 0 || at > file.length() - size) {
      throw refused(program + " is a damaged ELF program", "install it again");
    }
    byte[] name = new byte[(int) size - 1];
    file.seek(at);
    file.readFully(name);
    return path(new String(name, StandardCharsets.ISO_8859_1));
  }

  /**
   * A part of an ELF program that is mapped into memory. What is wrong with one the kernel notices
   * only after it has given up the old process.
   */
  private record Segment(int flags, long offset, long address, long fileBytes, long memoryBytes) {
    static Segment of(ByteBuffer entry) {
      return new Segment(
          entry.getInt(4),
          entry.getLong(8),
          entry.getLong(16),
          entry.getLong(32),
          entry.getLong(40));
    }

    boolean canBeLoaded(long programBytes) {
      boolean isThere = offset >= 0 && fileBytes >= 0 && offset <= programBytes - fileBytes;
      boolean fits = memoryBytes >= fileBytes && address >= 0 && address <= TOP - memoryBytes;
      return isThere && fits && (address - offset) % PAGE_BYTES == 0;
    }

    boolean canBegin(long begin) {
      return (flags & PF_X) != 0 && begin >= address && begin < address + memoryBytes;
    }
  }

  /** Whether this kernel has not been told to run other files too (binfmt_misc). */
  private static boolean isOnlyElfAndScripts() {
    String[] told = new File("/proc/sys/fs/binfmt_misc").list();
    return told == null || told.length <= 2; // "register" and "status"
  }

  /** This machine's number in ELF headers; that of the JVM's own program, which runs. */
  private static short machine() throws IOException {
    try (RandomAccessFile self = new RandomAccessFile("/proc/self/exe", "r")) {
      byte[] head = new byte[20];
      self.readFully(head);
      return ByteBuffer.wrap(head).order(ByteOrder.nativeOrder()).getShort(18);
    }
  }

  private static void checkRoom(String path, List<String> command, List<String> environment) {
    long total = path.getBytes(StandardCharsets.UTF_8).length + 1L;
    for (List<String> strings : List.of(command, environment)) {
      for (String each : strings) {
        long bytes = each.getBytes(StandardCharsets.UTF_8).length + 1L;
        if (bytes > MAX_STRING_BYTES || each.indexOf('\0') >= 0) {
          throw refused(
              "an argument or variable has " + bytes + " bytes, or a zero byte in it",
              "shorten what begins with " + beginning(each));
        }
        total += bytes + Long.BYTES;
      }
    }
    if (total > roomBytes()) {
      throw refused(
          "arguments and environment have " + total + " bytes, more than " + roomBytes(),
          "pass fewer, or raise the limit of the stack (ulimit -s)");
    }
  }

  /** What tells which one it is: of a variable the name only, since its value may be a secret. */
  private static String beginning(String text) {
    int end = text.indexOf('=');
    return text.substring(0, Math.min(20, end < 0 ? text.length() : end + 1));
  }

  /** What the kernel takes: a quarter of the stack's limit, within bounds. */
  private static long roomBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
        if (line.startsWith("Max stack size")) {
          String soft = line.substring("Max stack size".length()).strip().split(" +", 2)[0];
          return soft.equals("unlimited")
              ? MOST_ROOM_BYTES
              : Math.clamp(Long.parseLong(soft) / 4, LEAST_ROOM_BYTES, MOST_ROOM_BYTES);
        }
      }
    } catch (IOException | NumberFormatException e) {
      return MOST_ROOM_BYTES; // The kernel decides.
    }
    return MOST_ROOM_BYTES;
  }

  private static SessionException refused(String problem, String remedy) {
    return new SessionException(problem, remedy + "; the session was not handed over");
  }
}
