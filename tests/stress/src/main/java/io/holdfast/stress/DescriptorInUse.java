package io.holdfast.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.holdfast.linux.Descriptor;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.NativeSyscalls;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A descriptor is used while it is closed: its number stays its own to the end of the use. */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "refused, and closed once")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "used while it was open, and closed once")
@Outcome(expect = FORBIDDEN, desc = "used after it was closed, or not closed once")
@State
public class DescriptorInUse {
  /** How long a use takes, so that the other thread gets in between. */
  private static final int LOOKS = 2_000;

  private static final NativeSyscalls NATIVE = NativeSyscalls.open();

  private final Counted calls = new Counted();
  private final Descriptor descriptor = new Descriptor(calls, 3, "a file");

  /** Counts what is closed; nothing reaches the kernel. */
  private static final class Counted extends ForwardingSyscalls {
    private volatile int closed;

    Counted() {
      super(NATIVE);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // Two threads in it are what must not happen.
    public int close(int fd) {
      closed++;
      return 0;
    }
  }

  /** Uses it. */
  @Actor
  public void use(II_Result result) {
    try {
      descriptor.acquire();
    } catch (IllegalStateException refused) {
      result.r1 = 0;
      return;
    }
    result.r1 = 1;
    for (int i = 0; i < LOOKS; i++) {
      if (calls.closed != 0) {
        result.r1 = 2;
      }
    }
    descriptor.release();
  }

  /** Closes it. */
  @Actor
  public void close() {
    descriptor.close();
  }

  /** Looks at it afterwards. */
  @Arbiter
  public void look(II_Result result) {
    result.r2 = calls.closed;
  }
}
