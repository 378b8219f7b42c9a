package io.holdfast.drivers.nvme;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** Accesses of memory that keep their order: what was written before is there before it. */
final class Words {
  /** 64 bits at an offset of a segment. */
  static final VarHandle RELEASE = ValueLayout.JAVA_LONG.varHandle();

  /** 32 bits at an offset of a segment. */
  static final VarHandle ACQUIRE = ValueLayout.JAVA_INT.varHandle();

  private Words() {}
}
