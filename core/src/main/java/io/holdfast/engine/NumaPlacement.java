package io.holdfast.engine;

import io.holdfast.linux.NumaNodes;
import io.holdfast.model.KernelException;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Syscalls;
import java.util.OptionalInt;

/**
 * Whether a buffer can be, and is, on the NUMA node that is asked for. Its pages are looked at
 * while they are pinned, so that they stay where they are. Guarded by the session's lock.
 */
final class NumaPlacement {
  /** What to do where a new buffer is not on its node. */
  static final String REMEDY =
      "free memory of that node (numactl --hardware shows what it has), or leave onNumaNode() out";

  private NumaPlacement() {}

  /** Refuses a node that is not there, before anything is made. */
  static void requireNode(Syscalls syscalls, String name, OptionalInt node) {
    if (node.isPresent() && !NumaNodes.exists(syscalls, node.getAsInt())) {
      String nodes =
          NumaNodes.withMemory(syscalls)
              .map(text -> "the nodes with memory are " + text)
              .orElse("this kernel knows none (CONFIG_NUMA)");
      throw new SessionException(
          "buffer \"%s\" cannot be on NUMA node %d: %s".formatted(name, node.getAsInt(), nodes),
          "leave onNumaNode() out, or ask for a node that is there");
    }
  }

  /** What of a pinned buffer is not on a node, in words that go on from its name; or nothing. */
  static String problem(Syscalls syscalls, LiveMapping mapping, OptionalInt node) {
    try {
      return node.isPresent()
          ? NumaNodes.problem(syscalls, mapping.segment(), node.getAsInt())
          : "";
    } catch (KernelException e) {
      throw e.about(mapping.what());
    }
  }

  /** Refuses a buffer that is there, and was asked for on another node or lies on one. */
  static void requireOn(Syscalls syscalls, LiveMapping mapping, OptionalInt node) {
    if (node.isEmpty()) {
      return;
    }
    requireNode(syscalls, mapping.state().name(), node);
    OptionalInt made = mapping.state().numaNode();
    String problem =
        made.isPresent() && !made.equals(node)
            ? "was made on NUMA node %d, not on %d".formatted(made.getAsInt(), node.getAsInt())
            : problem(syscalls, mapping, node);
    if (!problem.isEmpty()) {
      throw new SessionException(
          "%s of IOAS \"%s\" %s".formatted(mapping.what(), mapping.ioas().name, problem),
          "ask for it as it was made, or close it and make another");
    }
  }
}
