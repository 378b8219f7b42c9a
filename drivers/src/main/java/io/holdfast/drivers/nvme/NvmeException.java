package io.holdfast.drivers.nvme;

import io.holdfast.model.HoldfastException;

/** A disk does not do what it was asked: a command failed, took too long, or the controller did. */
public class NvmeException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  NvmeException(String problem, String remedy) {
    super(problem, remedy);
  }
}
