package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.IovaWindow;
import io.holdfast.model.KernelException;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionException;
import io.holdfast.session.UsableIovas;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which IOVAs an address space has, and which the kernel may choose. */
class AllowedIovasTest extends SessionFixture {
  private static final IovaWindow LOW = new IovaWindow(0x10_0000, 0x10_2fff);
  private static final IovaWindow HIGH = new IovaWindow(0x8000_0000L, 0x8fff_ffffL);
  private static final IoasOptions OPTIONS = IoasOptions.defaults().allowing(LOW).allowing(HIGH);
  private static final int PAGE = 4096;

  @Test
  void theKernelChoosesFromTheWindowsOnlyBeforeAndAfterAKexec() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings", OPTIONS);
    session.bind(EDU, rings);
    assertThat(LOW.contains(rings.buffer("first", 3 * PAGE).iova())).isTrue();
    assertThat(HIGH.contains(rings.buffer("second", 3 * PAGE).iova())).isTrue();
    DmaBuffer fixed = rings.buffer("fixed", PAGE, MapOptions.defaults().at(0x5000_0000L));
    assertThat(fixed.iova().start()).isEqualTo(0x5000_0000L);
    session.preserve();
    kexec(session);
    LiveSession restored = session();
    Ioas again = restored.ioas("rings", OPTIONS);
    assertThat(again.allowedIovas()).containsExactly(LOW, HIGH);
    assertThat(HIGH.contains(again.buffer("third", 3 * PAGE).iova())).isTrue();
  }

  @Test
  void whatIsUsedUpIsRefused() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings", IoasOptions.defaults().allowing(LOW));
    session.bind(EDU, rings);
    assertThatThrownBy(() -> rings.buffer("ring", 4 * PAGE))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("ENOSPC");
  }

  @Test
  void anAddressSpaceMadeInAnotherWayIsRefused() {
    LiveSession session = session();
    session.ioas("rings", OPTIONS);
    assertThat(session.ioas("rings").allowedIovas()).hasSize(2); // As it is.
    assertThatThrownBy(() -> session.ioas("rings", IoasOptions.defaults()))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("was made with the allowed IOVAs [0x100000..0x102fff");
    assertThatThrownBy(() -> OPTIONS.allowing(new IovaWindow(0x10_1000, 0x20_0000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("share addresses");
  }

  @Test
  void withoutAnIommuEverythingIsUsable() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    UsableIovas usable = rings.usableIovas();
    assertThat(usable.windows()).containsExactly(new IovaWindow(0, -1L));
    assertThat(usable.alignmentBytes()).isEqualTo(PAGE);
    assertThat(usable.reserved()).isEmpty();
  }

  @Test
  void whatLiesBetweenTheWindowsIsReserved() {
    UsableIovas usable =
        new UsableIovas(
            List.of(new IovaWindow(0, 0xfedf_ffffL), new IovaWindow(0xfef0_0000L, 0x7f_ffff_ffffL)),
            PAGE);
    assertThat(usable.reserved())
        .containsExactly(
            new IovaWindow(0xfee0_0000L, 0xfeef_ffffL), new IovaWindow(0x80_0000_0000L, -1L));
  }
}
