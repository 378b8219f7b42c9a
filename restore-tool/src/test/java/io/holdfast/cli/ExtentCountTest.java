package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExtentCountTest {
  private static final Extent A = new Extent(0x10000, 4096);
  private static final Extent B = new Extent(0x30000, 8192);
  private static final Extent C = new Extent(0x50000, 4096);

  /** The sample's first buffer, with other memory behind it. */
  private static SessionState with(Extent... extents) {
    SessionState session = Samples.session();
    ExtentList list = ExtentList.of(extents);
    MappingState ring =
        new MappingState(
            "ring",
            new IovaRange(0x100000, list.lengthBytes()),
            true,
            true,
            new MappingState.File(1, 0),
            Policy.REQUIRED,
            list);
    return session.withContents(
        session.files(), List.of(new IoasState("rings", List.of(ring))), session.devices());
  }

  @Test
  void thoseInPlaceAreProved() {
    assertThat(ExtentCount.of(with(A, B, C), with(A, B, C)))
        .isEqualTo(new ExtentCount(3, 3, 16384, 0, 0));
  }

  @Test
  void oneThatIsElsewhereInPartHasMoved() {
    ExtentCount count =
        ExtentCount.of(
            with(A, B, C), with(A, new Extent(0x30000, 4096), new Extent(0x70000, 4096), C));
    assertThat(count).isEqualTo(new ExtentCount(3, 2, 8192, 1, 0));
    assertThat(count.verdict()).isEqualTo(AuditVerdict.MOVED);
    assertThat(count.reason()).isEqualTo("1 of 3 extents are elsewhere");
  }

  @Test
  void oneThatIsCutOffIsLost() {
    ExtentCount count = ExtentCount.of(with(A, B, C), with(A, new Extent(0x30000, 4096)));
    assertThat(count).isEqualTo(new ExtentCount(3, 1, 4096, 0, 2));
    assertThat(count.verdict()).isEqualTo(AuditVerdict.LOST);
  }

  @Test
  void aBufferThatIsGoneIsLost() {
    SessionState before = with(A, B, C);
    SessionState after =
        before.withContents(before.files(), List.of(new IoasState("rings", List.of())), List.of());
    assertThat(ExtentCount.of(before, after)).isEqualTo(new ExtentCount(3, 0, 0, 0, 3));
  }
}
