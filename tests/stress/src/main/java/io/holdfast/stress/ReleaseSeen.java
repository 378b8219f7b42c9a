package io.holdfast.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.holdfast.DmaBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** A thread that does nothing but read a buffer's address notices that it is released. */
@JCStressTest(Mode.Termination)
@Outcome(id = "TERMINATED", expect = ACCEPTABLE, desc = "the reader was refused")
@Outcome(id = "STALE", expect = FORBIDDEN, desc = "the reader goes on with what it read once")
@State
public class ReleaseSeen {
  private final Slot slot = Machine.next();
  private final DmaBuffer buffer = slot.buffer();
  long sum;

  /** Reads until it is refused. */
  @Actor
  public void read() {
    try {
      while (true) {
        sum += buffer.physicalAddress(0);
      }
    } catch (IllegalStateException refused) {
      sum = 0;
    }
  }

  /** Releases. */
  @Signal
  public void release() {
    slot.release(buffer);
  }
}
