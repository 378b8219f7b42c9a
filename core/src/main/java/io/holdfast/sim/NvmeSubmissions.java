package io.holdfast.sim;

/** A queue of commands to a simulated NVMe controller: a part of its state. */
record NvmeSubmissions(NvmeState state, int id, long at) {
  boolean exists() {
    return size() > 0;
  }

  void create(long base, int size, int completion) {
    state.put64(at, base);
    state.put32(at + 8, size);
    state.put32(at + 12, 0);
    state.put32(at + 16, 0);
    state.put32(at + 20, completion);
  }

  void delete() {
    create(0, 0, 0);
  }

  long base() {
    return state.get64(at);
  }

  int size() {
    return state.get32(at + 8);
  }

  int head() {
    return state.get32(at + 12);
  }

  int tail() {
    return state.get32(at + 16);
  }

  void tail(int value) {
    state.put32(at + 16, value);
  }

  int completion() {
    return state.get32(at + 20);
  }

  boolean isEmpty() {
    return head() == tail();
  }

  void takeOne() {
    state.put32(at + 12, (head() + 1) % size());
  }
}
