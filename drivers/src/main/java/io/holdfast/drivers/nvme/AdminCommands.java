package io.holdfast.drivers.nvme;

import io.holdfast.DmaSlice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the driver asks of the controller itself (section 5), one after another. */
final class AdminCommands implements NvmeHandler {
  private static final int CREATE_SUBMISSION_QUEUE = 0x01;
  private static final int CREATE_COMPLETION_QUEUE = 0x05;
  private static final int IDENTIFY = 0x06;
  private static final int SET_FEATURES = 0x09;

  private static final int NUMBER_OF_QUEUES = 0x07;
  private static final int CNS_NAMESPACE = 0;
  private static final int CNS_CONTROLLER = 1;
  private static final int CNS_ACTIVE_NAMESPACES = 2;

  private static final int CONTIGUOUS = 1;
  private static final int INTERRUPTS = 2;

  /** In bytes, of what Identify answers. */
  private static final long MDTS = 77;

  private static final long NSZE = 0;
  private static final long FLBAS = 26;
  private static final long LBAF0 = 128;

  private final QueuePair pair;
  private final Commands commands;
  private final DmaSlice page;
  private final Patience patience;
  private final Duration limit;
  private int status;

  AdminCommands(QueuePair pair, DmaSlice page, Patience patience, Duration limit) {
    this.pair = pair;
    this.commands = new Commands(pair);
    this.page = page;
    this.patience = patience;
    this.limit = limit;
  }

  @Override
  public void completed(long tag, int told) {
    status = told;
  }

  private void execute(
      String what, int opcode, int namespace, long address, int word10, int word11) {
    commands.admin(pair.freeSlot(), opcode, namespace, address, word10, word11);
    pair.submit(0);
    patience.drain(pair, this, null, limit);
    if (status != NvmeStatus.SUCCESS) {
      throw new NvmeStatusException(what, status);
    }
  }

  /** Waits for what a former process had asked, whose answers nobody wants. */
  void finishOthers() {
    patience.drain(pair, this, null, limit);
  }

  void requestQueues(int number) {
    execute(
        "Set Features (Number of Queues)",
        SET_FEATURES,
        0,
        0,
        NUMBER_OF_QUEUES,
        ((number - 1) << 16) | (number - 1));
  }

  /** Makes a pair of I/O queues; {@code vector} is negative for one that does not interrupt. */
  void create(QueuePair queue, int vector) {
    int shape = ((queue.entries() - 1) << 16) | queue.id();
    execute(
        "Create I/O Completion Queue " + queue.id(),
        CREATE_COMPLETION_QUEUE,
        0,
        queue.completionAddress(),
        shape,
        vector < 0 ? CONTIGUOUS : vector << 16 | INTERRUPTS | CONTIGUOUS);
    execute(
        "Create I/O Submission Queue " + queue.id(),
        CREATE_SUBMISSION_QUEUE,
        0,
        queue.submissionAddress(),
        shape,
        queue.id() << 16 | CONTIGUOUS);
  }

  private MemorySegment identify(int namespace, int structure) {
    execute(
        "Identify (CNS %d, namespace %d)".formatted(structure, namespace),
        IDENTIFY,
        namespace,
        page.dmaAddress(),
        structure,
        0);
    return page.segment();
  }

  /** How much one command may move, in bytes. */
  int mostBytes() {
    int shift = identify(0, CNS_CONTROLLER).get(ValueLayout.JAVA_BYTE, MDTS);
    return shift == 0 || shift > 15
        ? Commands.MOST_BYTES
        : Math.min(Commands.MOST_BYTES, Commands.PAGE_BYTES << shift);
  }

  List<Integer> namespaces() {
    MemorySegment list = identify(0, CNS_ACTIVE_NAMESPACES);
    List<Integer> all = new ArrayList<>();
    for (long at = 0; at < Commands.PAGE_BYTES; at += Integer.BYTES) {
      int id = list.get(ValueLayout.JAVA_INT, at);
      if (id != 0) {
        all.add(id);
      }
    }
    return all;
  }

  /** A namespace's size and block size. */
  record Shape(long blocks, int blockShift) {}

  Shape shape(int namespace) {
    MemorySegment answer = identify(namespace, CNS_NAMESPACE);
    int format = answer.get(ValueLayout.JAVA_BYTE, FLBAS) & 0xf;
    int shift = answer.get(ValueLayout.JAVA_INT, LBAF0 + 4L * format) >>> 16 & 0xff;
    return new Shape(answer.get(ValueLayout.JAVA_LONG, NSZE), shift);
  }
}
