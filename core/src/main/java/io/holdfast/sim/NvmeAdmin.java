package io.holdfast.sim;

import static io.holdfast.sim.NvmeIo.opcode;
import static io.holdfast.sim.NvmeIo.word;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** The admin commands. */
final class NvmeAdmin {
  private static final int DELETE_SUBMISSION_QUEUE = 0x00;
  private static final int CREATE_SUBMISSION_QUEUE = 0x01;
  private static final int DELETE_COMPLETION_QUEUE = 0x04;
  private static final int CREATE_COMPLETION_QUEUE = 0x05;
  private static final int IDENTIFY = 0x06;
  private static final int ABORT = 0x08;
  private static final int SET_FEATURES = 0x09;
  private static final int GET_FEATURES = 0x0a;
  private static final int ASYNCHRONOUS_EVENT = 0x0c;

  private static final int VOLATILE_WRITE_CACHE = 0x06;
  private static final int NUMBER_OF_QUEUES = 0x07;
  private static final int IDENTIFY_BYTES = 4096;
  private static final int IO_QUEUES = NvmeState.QUEUES - 1;

  private final NvmeState state;
  private final NvmeMedium medium;
  private final NvmePrps prps;

  NvmeAdmin(NvmeState state, NvmeMedium medium, NvmePrps prps) {
    this.state = state;
    this.medium = medium;
    this.prps = prps;
  }

  /** Does a command: its status is the answer's high half, its result the low one. */
  long execute(MemorySegment command) {
    return switch (opcode(command)) {
      case DELETE_SUBMISSION_QUEUE -> status(deleteSubmissions(command));
      case CREATE_SUBMISSION_QUEUE -> status(createSubmissions(command));
      case DELETE_COMPLETION_QUEUE -> status(deleteCompletions(command));
      case CREATE_COMPLETION_QUEUE -> status(createCompletions(command));
      case IDENTIFY -> status(identify(command));
      case ABORT -> 1; // Not aborted: it ends as it would.
      case SET_FEATURES, GET_FEATURES -> feature(word(command, 10) & 0xff);
      case ASYNCHRONOUS_EVENT -> 0;
      default -> status(NvmeStatus.INVALID_OPCODE);
    };
  }

  private static long status(int status) {
    return (long) status << 32;
  }

  private static long feature(int identifier) {
    return switch (identifier) {
      case VOLATILE_WRITE_CACHE -> 1;
      case NUMBER_OF_QUEUES -> (IO_QUEUES - 1) << 16 | (IO_QUEUES - 1);
      default -> status(NvmeStatus.INVALID_FIELD);
    };
  }

  private static int queue(MemorySegment command) {
    return word(command, 10) & 0xffff;
  }

  private static int entries(MemorySegment command) {
    return (word(command, 10) >>> 16) + 1;
  }

  private static long address(MemorySegment command) {
    return command.get(ValueLayout.JAVA_LONG_UNALIGNED, 24);
  }

  private int createSubmissions(MemorySegment command) {
    int id = queue(command);
    int completion = word(command, 11) >>> 16;
    if (completion < 1 || completion > IO_QUEUES || !state.completion(completion).exists()) {
      return NvmeStatus.COMPLETION_QUEUE_INVALID;
    }
    if (id < 1 || id > IO_QUEUES || state.submission(id).exists()) {
      return NvmeStatus.INVALID_QUEUE_IDENTIFIER;
    }
    int status = shape(command);
    if (status == NvmeStatus.SUCCESS) {
      state.submission(id).create(address(command), entries(command), completion);
    }
    return status;
  }

  private int createCompletions(MemorySegment command) {
    int id = queue(command);
    if (id < 1 || id > IO_QUEUES || state.completion(id).exists()) {
      return NvmeStatus.INVALID_QUEUE_IDENTIFIER;
    }
    int vector = word(command, 11) >>> 16;
    if (vector >= NvmeDevice.VECTORS) {
      return NvmeStatus.INVALID_INTERRUPT_VECTOR;
    }
    int status = shape(command);
    if (status == NvmeStatus.SUCCESS) {
      boolean interrupts = (word(command, 11) & 2) != 0;
      state.completion(id).create(address(command), entries(command), vector, interrupts);
    }
    return status;
  }

  /** A queue is contiguous, and has 2 entries at least. */
  private static int shape(MemorySegment command) {
    if (entries(command) < 2 || entries(command) > NvmeState.MOST_ENTRIES) {
      return NvmeStatus.INVALID_QUEUE_SIZE;
    }
    if ((address(command) & 0xfff) != 0) {
      return NvmeStatus.INVALID_PRP_OFFSET;
    }
    return (word(command, 11) & 1) == 0 ? NvmeStatus.INVALID_FIELD : NvmeStatus.SUCCESS;
  }

  private int deleteSubmissions(MemorySegment command) {
    int id = queue(command);
    if (id < 1 || id > IO_QUEUES || !state.submission(id).exists()) {
      return NvmeStatus.INVALID_QUEUE_IDENTIFIER;
    }
    state.submission(id).delete();
    return NvmeStatus.SUCCESS;
  }

  private int deleteCompletions(MemorySegment command) {
    int id = queue(command);
    if (id < 1 || id > IO_QUEUES || !state.completion(id).exists()) {
      return NvmeStatus.INVALID_QUEUE_IDENTIFIER;
    }
    for (int each = 1; each <= IO_QUEUES; each++) {
      if (state.submission(each).exists() && state.submission(each).completion() == id) {
        return NvmeStatus.INVALID_QUEUE_DELETION;
      }
    }
    state.completion(id).delete();
    return NvmeStatus.SUCCESS;
  }

  private int identify(MemorySegment command) {
    MemorySegment answer = MemorySegment.ofArray(new byte[IDENTIFY_BYTES]);
    int namespace = word(command, 1);
    switch (word(command, 10) & 0xff) {
      case 0 -> {
        if (!NvmeMedium.exists(namespace)) {
          return NvmeStatus.INVALID_NAMESPACE;
        }
        namespace(answer, namespace);
      }
      case 1 -> controller(answer);
      case 2 -> {
        int at = 0;
        for (int each = 1; each <= NvmeMedium.NAMESPACES; each++) {
          if (Integer.compareUnsigned(each, namespace) > 0) {
            answer.set(ValueLayout.JAVA_INT_UNALIGNED, at, each);
            at += Integer.BYTES;
          }
        }
      }
      default -> {
        return NvmeStatus.INVALID_FIELD;
      }
    }
    return prps.transfer(command, answer, true);
  }

  private static void controller(MemorySegment answer) {
    answer.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) 0x1b36);
    answer.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2, (short) 0x1af4);
    text(answer, 4, 20, "holdfast");
    text(answer, 24, 40, "Simulated NVMe controller");
    text(answer, 64, 8, "1.0");
    answer.set(ValueLayout.JAVA_BYTE, 77, (byte) 5); // 2^5 pages are moved at once.
    answer.set(ValueLayout.JAVA_INT_UNALIGNED, 80, 0x0001_0400);
    answer.set(ValueLayout.JAVA_BYTE, 111, (byte) 1);
    answer.set(ValueLayout.JAVA_BYTE, 512, (byte) 0x66);
    answer.set(ValueLayout.JAVA_BYTE, 513, (byte) 0x44);
    answer.set(ValueLayout.JAVA_INT_UNALIGNED, 516, NvmeMedium.NAMESPACES);
    answer.set(ValueLayout.JAVA_SHORT_UNALIGNED, 520, (short) 4);
    answer.set(ValueLayout.JAVA_BYTE, 525, (byte) 1);
  }

  private static void text(MemorySegment answer, long at, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    answer.asSlice(at, length).fill((byte) ' ');
    MemorySegment.copy(bytes, 0, answer, ValueLayout.JAVA_BYTE, at, bytes.length);
  }

  private void namespace(MemorySegment answer, int namespace) {
    long blocks = medium.blocks(namespace);
    for (long at = 0; at < 24; at += Long.BYTES) {
      answer.set(ValueLayout.JAVA_LONG_UNALIGNED, at, blocks);
    }
    answer.set(ValueLayout.JAVA_BYTE, 33, (byte) 1); // What is deallocated reads as zeroes.
    answer.set(ValueLayout.JAVA_BYTE, 130, (byte) NvmeMedium.blockShift(namespace));
  }
}
