package io.holdfast.architecture.wrong.session;

import io.holdfast.architecture.wrong.sys.Seam;
import java.util.List;

/** A value that shows drivers what is none of their business. */
public final class Leaky {
  /** Takes an internal type. */
  public void argument(Seam seam) {}

  /** Returns one. */
  public Seam result() {
    return new Seam();
  }

  /** Hides one in a type argument. */
  public List<Seam> generic() {
    return List.of();
  }

  /** Not part of the API. */
  void hidden(Seam seam) {}
}
