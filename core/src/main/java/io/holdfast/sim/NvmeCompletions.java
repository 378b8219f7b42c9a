package io.holdfast.sim;

/** A queue of a simulated NVMe controller's completions: a part of its state. */
record NvmeCompletions(NvmeState state, long at) {
  boolean exists() {
    return size() > 0;
  }

  void create(long base, int size, int vector, boolean interrupts) {
    state.put64(at, base);
    state.put32(at + 8, size);
    state.put32(at + 12, 0);
    state.put32(at + 16, 0);
    state.put32(at + 20, 1);
    state.put32(at + 24, vector);
    state.put32(at + 28, interrupts ? 1 : 0);
  }

  void delete() {
    create(0, 0, 0, false);
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

  void head(int value) {
    state.put32(at + 12, value);
  }

  int tail() {
    return state.get32(at + 16);
  }

  int phase() {
    return state.get32(at + 20);
  }

  int vector() {
    return state.get32(at + 24);
  }

  boolean interrupts() {
    return state.get32(at + 28) != 0;
  }

  boolean isFull() {
    return (tail() + 1) % size() == head();
  }

  void addOne() {
    int next = (tail() + 1) % size();
    state.put32(at + 16, next);
    if (next == 0) {
      state.put32(at + 20, phase() ^ 1);
    }
  }
}
