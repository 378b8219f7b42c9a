package io.holdfast.drivers.nvme;

import java.time.Duration;

/** A controller did not do something in time. */
public final class NvmeTimeoutException extends NvmeException {
  private static final long serialVersionUID = 1L;

  NvmeTimeoutException(String what, Duration limit, String remedy) {
    super(what + " took longer than " + limit, remedy);
  }
}
