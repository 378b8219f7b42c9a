package io.holdfast.sim;

import java.lang.foreign.MemorySegment;

/** A place for a command that a simulated NVMe controller has taken and not ended. */
record NvmeSlot(NvmeState state, long at) {
  MemorySegment command() {
    return state.part(at, NvmeState.COMMAND_BYTES);
  }

  boolean isTaken() {
    return state.get32(at + NvmeState.COMMAND_BYTES + 4) != 0;
  }

  void take(int queue, long due) {
    state.put32(at + NvmeState.COMMAND_BYTES, queue);
    state.put64(at + NvmeState.COMMAND_BYTES + 8, due);
    state.put32(at + NvmeState.COMMAND_BYTES + 16, -1);
    state.put32(at + NvmeState.COMMAND_BYTES + 4, 1);
    state.countUnderWay(1);
  }

  void free() {
    state.put32(at + NvmeState.COMMAND_BYTES + 4, 0);
    state.countUnderWay(-1);
  }

  int queue() {
    return state.get32(at + NvmeState.COMMAND_BYTES);
  }

  long due() {
    return state.get64(at + NvmeState.COMMAND_BYTES + 8);
  }

  /** How it has ended, which is to be told yet; -1 while it is to be done. */
  int outcome() {
    return state.get32(at + NvmeState.COMMAND_BYTES + 16);
  }

  void outcome(int status) {
    state.put32(at + NvmeState.COMMAND_BYTES + 16, status);
  }
}
