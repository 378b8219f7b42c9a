package io.holdfast.cli.demo;

import io.holdfast.model.ExtentList;
import java.util.List;

/**
 * What the demo saw on both sides of the kexec.
 *
 * @param seed what its bytes and its machine were made from
 * @param recorderPid the driver's process before the kexec
 * @param kexecPid the process that did the kexec
 * @param restorerPid the driver's process after it
 * @param bootId the new kernel's boot
 * @param buffers the preserved buffers
 * @param control the memory nobody preserved
 * @param dmaBefore whether the device's DMA arrived before the kexec
 * @param dmaAfter whether it arrived after it, in the same pages
 * @param violations what the device was kept from reaching
 */
public record DemoOutcome(
    long seed,
    long recorderPid,
    long kexecPid,
    long restorerPid,
    String bootId,
    List<Buffer> buffers,
    Buffer control,
    boolean dmaBefore,
    boolean dmaAfter,
    List<String> violations) {
  /** One buffer on both sides; {@code differingBytes} is counted after the kexec. */
  public record Buffer(
      String name, boolean sameIova, ExtentList before, ExtentList after, long differingBytes) {
    static Buffer of(BufferFacts before, BufferFacts after) {
      return new Buffer(
          before.name(),
          before.iova() == after.iova(),
          before.extents(),
          after.extents(),
          after.differingBytes());
    }

    /** Whether every extent is where it was. */
    public boolean isInPlace() {
      return sameIova && before.equals(after);
    }
  }

  /**
   * Whether everything that was preserved is where it was, with every byte, and the device reaches
   * it.
   */
  public boolean isAsItWas() {
    return !buffers.isEmpty()
        && buffers.stream().allMatch(each -> each.isInPlace() && each.differingBytes() == 0)
        && dmaBefore
        && dmaAfter;
  }

  /** How many physical extents the preserved buffers have. */
  public long extents() {
    return buffers.stream().mapToLong(each -> each.before().size()).sum();
  }

  /** How many bytes the preserved buffers map. */
  public long lengthBytes() {
    return buffers.stream().mapToLong(each -> each.before().lengthBytes()).sum();
  }
}
