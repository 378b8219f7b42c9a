package io.holdfast.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.holdfast.DmaBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A buffer's addresses are read while it is released. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "refused once it was released")
@Outcome(id = "1", expect = ACCEPTABLE, desc = "read to the end before it was released")
@Outcome(id = "2", expect = FORBIDDEN, desc = "an address of a buffer that is unmapped")
@State
public class AddressAfterRelease {
  private final Slot slot = Machine.next();
  private final DmaBuffer buffer = slot.buffer();

  /** Reads. */
  @Actor
  public void read(I_Result result) {
    result.r1 = slot.read(buffer);
  }

  /** Releases. */
  @Actor
  public void release() {
    slot.release(buffer);
  }
}
