package io.holdfast.cli;

import io.holdfast.model.HoldfastException;
import io.holdfast.sys.NativeSyscalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How large the terminal's window is. */
final class Terminal {
  /** {@code asm-generic/ioctls.h}; answers a {@code struct winsize} of four 16-bit numbers. */
  private static final long TIOCGWINSZ = 0x5413;

  private static final long COLUMNS_OFFSET = 2;
  private static final int NARROWEST = 40;

  private Terminal() {}

  /** The columns of the terminal behind the output stream; no limit where it cannot tell. */
  static int width() {
    try (NativeSyscalls kernel = NativeSyscalls.open();
        Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(8, 8);
      if (kernel.ioctl(1, TIOCGWINSZ, size) < 0) {
        return Integer.MAX_VALUE;
      }
      int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, COLUMNS_OFFSET));
      return columns == 0 ? Integer.MAX_VALUE : Math.max(columns, NARROWEST);
    } catch (HoldfastException e) {
      // Without native access doctor and inspect still work, in lines as long as they are.
      return Integer.MAX_VALUE;
    }
  }
}
