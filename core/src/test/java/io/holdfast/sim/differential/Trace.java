package io.holdfast.sim.differential;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MmanUapi;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Turns the system calls that {@code tests/vm/tracer.c} has recorded of somebody else's program
 * into a program with answers: those about the kernel's devices, memfds and eventfds, and the
 * memory that they and an IOAS are given. The others, on files, are no question to the simulation.
 */
final class Trace {
  private static final int MAP_FIXED = 0x10;
  private static final long IOMMU_IOAS_MAP = 0x3b85;
  private static final Set<Integer> FCNTLS =
      Set.of(
          FcntlUapi.F_GETFD,
          FcntlUapi.F_SETFD,
          FcntlUapi.F_GETFL,
          FcntlUapi.F_GET_SEALS,
          FcntlUapi.F_ADD_SEALS);

  private final TracedFiles files;
  private final List<Long> addresses = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();
  private final Map<String, Integer> notAsked = new TreeMap<>();

  /** What a program is made of, and which calls it has no words for. */
  record Result(Corpus.Entry entry, Map<String, Integer> notAsked) {}

  private Trace(TracedFiles files) {
    this.files = files;
  }

  /** Reads the traces of what ran in one kernel and, where there is more than one, in the next. */
  static Result of(List<List<String>> kernels) {
    List<Step> steps = new ArrayList<>();
    List<Answer> answers = new ArrayList<>();
    Map<String, Integer> notAsked = new TreeMap<>();
    for (List<String> lines : kernels) {
      if (!steps.isEmpty()) {
        steps.add(Step.of(Interpreter.KEXEC));
        answers.add(Answer.of("0"));
      }
      Trace trace = read(lines.stream().map(TraceLine::parse).toList());
      steps.addAll(trace.steps);
      answers.addAll(trace.answers);
      trace.notAsked.forEach((name, count) -> notAsked.merge(name, count, Integer::sum));
    }
    return new Result(new Corpus.Entry(new Program(steps), answers), notAsked);
  }

  private static Trace read(List<TraceLine> lines) {
    Map<Integer, Integer> parents = new HashMap<>();
    Trace trace = new Trace(new TracedFiles(parents));
    for (TraceLine line : lines) {
      if (line.call().equals("fork")) {
        parents.put((int) line.argument(0), line.pid());
      } else if (line.call().equals("ioctl") && line.argument(1) == IOMMU_IOAS_MAP) {
        trace.addresses.add(TracedRequest.number(line.bytes("before"), "user_va", IOMMU_IOAS_MAP));
      }
    }
    lines.forEach(trace::add);
    return trace;
  }

  private void add(Step step, String answer) {
    steps.add(step);
    answers.add(Answer.of(answer));
  }

  private void notAsked(String call) {
    notAsked.merge(call, 1, Integer::sum);
  }

  private void add(TraceLine line) {
    int pid = line.pid();
    TracedFiles.Open file =
        line.arguments().size() == 6 && !line.call().startsWith("open")
            ? files.get(pid, line.fd())
            : null;
    switch (line.call()) {
      case "open" -> open(line, line.argument(1));
      case "openat" -> open(line, line.argument(2));
      case "memfd_create" ->
          opened(
              line,
              true,
              Step.of("memfd_create", "name", line.text("path"), "flags", (int) line.argument(1)));
      case "eventfd2" ->
          opened(
              line,
              false,
              Step.of("eventfd", "initial", line.fd(), "flags", (int) line.argument(1)));
      case "exit" -> files.descriptors(pid).forEach(fd -> close(pid, fd));
      case "mmap" -> map(line);
      case "munmap" -> unmap(line);
      case "fork" -> files.forked((int) line.argument(0));
      default -> {
        if (file != null) {
          on(line, file);
        }
      }
    }
  }

  private void open(TraceLine line, long flags) {
    String path = line.text("path");
    if (path.startsWith("/dev/vfio/devices/")) {
      path = "cdev";
    } else if (path.matches("/dev/vfio/(noiommu-)?\\d+")) {
      path = "group";
    } else if (!path.equals("/dev/iommu")
        && !path.equals("/dev/liveupdate")
        && !path.equals("/dev/null")
        && !path.equals("/dev/vfio/vfio")) {
      return;
    }
    opened(line, false, Step.of("open", "path", path, "flags", (int) flags));
  }

  private void opened(TraceLine line, boolean memfd, Step step) {
    Operand target = null;
    if (line.isOk()) {
      boolean eventfd = step.call().equals("eventfd");
      target = files.open(line.pid(), (int) line.result(), memfd, eventfd).operand();
    }
    add(
        new Step(target, step.call(), step.arguments()),
        StructCalls.errnoOr(Math.min(0, line.result())));
  }

  private void close(int pid, int fd) {
    Operand operand = files.get(pid, fd).operand();
    if (files.close(pid, fd)) {
      add(Step.of("close", "on", operand), "0");
    }
  }

  /** A call on an open file. */
  private void on(TraceLine line, TracedFiles.Open file) {
    String told = StructCalls.errnoOr(line.result());
    switch (line.call()) {
      case "close" -> close(line.pid(), line.fd());
      case "ftruncate" ->
          add(Step.of("ftruncate", "on", file.operand(), "length", line.argument(1)), told);
      case "lseek" -> file.position = line.result();
      case "fcntl" -> {
        if (FCNTLS.contains((int) line.argument(1))) {
          add(
              Step.of(
                  "fcntl",
                  "on",
                  file.operand(),
                  "command",
                  line.argument(1),
                  "argument",
                  line.argument(2)),
              told);
        } else {
          notAsked("fcntl " + line.argument(1));
        }
      }
      case "read", "pread" -> read(line, file);
      case "write", "pwrite" -> write(line, file);
      case "ioctl" -> request(line, file);
      default -> notAsked(line.call());
    }
  }

  private void read(TraceLine line, TracedFiles.Open file) {
    boolean positional = line.call().equals("pread");
    long offset = positional ? line.argument(3) : file.position;
    byte[] content = line.bytes("after");
    if (content.length < line.result()) {
      notAsked(line.call() + " of more than a page");
      return;
    }
    String told =
        StructCalls.errnoOr(line.result())
            + (line.result() > 0 ? " " + FileCalls.content(content) : "");
    if (!positional && line.isOk()) {
      file.position += line.result();
    }
    add(
        file.eventfd
            ? Step.of("read", "on", file.operand(), "bytes", line.argument(2))
            : Step.of("pread", "on", file.operand(), "offset", offset, "bytes", line.argument(2)),
        told);
  }

  private void write(TraceLine line, TracedFiles.Open file) {
    byte[] content = line.bytes("before");
    if (file.eventfd || content.length < line.argument(2)) {
      notAsked(line.call() + (file.eventfd ? " to an eventfd" : " of more than a page"));
      return;
    }
    boolean positional = line.call().equals("pwrite");
    long offset = positional ? line.argument(3) : file.position;
    if (!positional && line.isOk()) {
      file.position += line.result();
    }
    add(
        Step.of(
            "pwrite",
            "on",
            file.operand(),
            "offset",
            offset,
            "data",
            HexFormat.of().formatHex(content)),
        StructCalls.errnoOr(line.result()));
  }

  private void map(TraceLine line) {
    int flags = (int) line.argument(3);
    boolean anonymous = (flags & MmanUapi.MAP_ANONYMOUS) != 0;
    TracedFiles.Open file = anonymous ? null : files.get(line.pid(), (int) line.argument(4));
    long start = line.result();
    boolean used =
        anonymous
            && line.isOk()
            && (flags & MAP_FIXED) == 0
            && addresses.stream().anyMatch(at -> at >= start && at < start + line.argument(1));
    if (file == null && !used) {
      return;
    }
    Map<String, Operand> named = new LinkedHashMap<>();
    named.put("on", anonymous ? Operand.of(-1) : file.operand());
    named.put("length", Operand.of(line.argument(1)));
    named.put("prot", Operand.of(line.argument(2)));
    named.put("flags", Operand.of(flags & (3 | MmanUapi.MAP_ANONYMOUS)));
    named.put("offset", Operand.of(line.argument(5)));
    Operand target = null;
    if (line.isOk()) {
      target =
          files.map(line.pid(), start, line.argument(1), file, line.argument(5)).operand(start);
    }
    add(new Step(target, "mmap", named), StructCalls.errnoOr(line.isOk() ? 0 : line.result()));
  }

  /** What was written into a memfd through its mapping is written into it before. */
  private void unmap(TraceLine line) {
    TracedFiles.Mapping mapping = files.mapping(line.pid(), line.argument(0));
    if (mapping == null || mapping.address() != line.argument(0)) {
      return;
    }
    byte[] content = line.bytes("before");
    int length = content.length;
    while (length > 0 && content[length - 1] == 0) {
      length--;
    }
    if (length > 0 && mapping.file() != null && mapping.file().memfd) {
      add(
          Step.of(
              "pwrite",
              "on",
              mapping.file().operand(),
              "offset",
              mapping.offset(),
              "data",
              HexFormat.of().formatHex(content, 0, length)),
          Long.toHexString(length));
    }
    add(
        Step.of("munmap", "at", mapping.operand(mapping.address())),
        StructCalls.errnoOr(line.result()));
    files.unmap(line.pid(), mapping);
  }

  private void request(TraceLine line, TracedFiles.Open file) {
    TracedRequest request = new TracedRequest(line, file, files);
    String why = request.inexpressible();
    if (why != null) {
      notAsked(why + (line.isOk() ? "" : " (" + Errno.name((int) -line.result()) + ")"));
      return;
    }
    Operand target = null;
    if (request.givesDescriptor() && line.isOk()) {
      boolean memfd = request.name().equals("LIVEUPDATE_SESSION_RETRIEVE_FD");
      target = files.open(line.pid(), request.descriptor(), memfd, false).operand();
    }
    add(new Step(target, request.name(), request.arguments()), request.answer());
  }
}
