package io.holdfast.architecture.wrong.sys;

import io.holdfast.uapi.FcntlUapi;

/** Uses another name by a constant alone, which leaves no trace in the class file. */
final class CopiesConstant {
  static final int FLAGS = FcntlUapi.O_CLOEXEC;

  private CopiesConstant() {}
}
