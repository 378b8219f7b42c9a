package io.holdfast.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.holdfast.DmaBuffer;
import java.util.concurrent.locks.LockSupport;
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
  private static final long READING_NANOS = 100_000_000;

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

  /** Releases, when the reader has gone on long enough for the JVM to compile it to its best. */
  @Signal
  public void release() {
    LockSupport.parkNanos(READING_NANOS);
    slot.release(buffer);
  }
}
