package io.holdfast.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.holdfast.DmaBuffer;
import io.holdfast.VfioDevice;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A buffer's addresses are read while its last device is given back. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "refused once the device was given back")
@Outcome(id = "1", expect = ACCEPTABLE, desc = "read to the end before the device was given back")
@Outcome(id = "2", expect = FORBIDDEN, desc = "an address of a buffer that no device pins")
@State
public class AddressAfterUnbind {
  private final Slot slot = Machine.next();
  private final DmaBuffer buffer = slot.buffer();
  private final VfioDevice device = slot.device();

  /** Reads. */
  @Actor
  public void read(I_Result result) {
    result.r1 = slot.read(buffer);
  }

  /** Gives the device back. */
  @Actor
  public void unbind() {
    slot.unbind(device);
  }
}
