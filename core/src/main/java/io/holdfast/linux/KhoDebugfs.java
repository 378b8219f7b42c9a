package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code /sys/kernel/debug/kho} tells of the hand-over from the kernel before this one, and to
 * the next. It is there with CONFIG_KEXEC_HANDOVER_DEBUGFS, for root; where it is not, nothing is
 * told. Keeps no state; thread-safe.
 */
public final class KhoDebugfs {
  private static final String ROOT = "/sys/kernel/debug/kho/";
  private static final int MOST_BYTES = 1 << 20;

  /** {@code struct kho_kexec_metadata} of {@code linux/kho/abi/kexec_metadata.h}. */
  private static final int METADATA_VERSION = 1;

  private static final int RELEASE = 4;
  private static final int RELEASE_BYTES = 65;
  private static final int METADATA_BYTES = RELEASE + RELEASE_BYTES + 4;

  /** {@code struct luo_ser} of {@code linux/kho/abi/luo.h}, as far as its counter. */
  private static final int LIVEUPDATE_NUMBER = 8;

  private static final Pattern VERSION = Pattern.compile("luo-v\\d{1,4}(?=\0)");

  private KhoDebugfs() {}

  /**
   * How this kernel was reached.
   *
   * @param previousRelease the release of the kernel before it
   * @param kexecs how many kexecs since the last cold boot, at least 1
   * @param liveUpdates how many times in a row the Live Update Orchestrator was handed over
   */
  public record Origin(String previousRelease, long kexecs, long liveUpdates) {}

  /**
   * How this kernel was reached; empty after a cold boot, and where that is not told.
   *
   * <p>Counted by what this kernel will hand over, less one: the kernel has given back the memory
   * of what it took over itself, and debugfs shows what is in it now.
   */
  public static Optional<Origin> origin(Syscalls syscalls) {
    long kexecs = count(metadata(syscalls, "out")) - 1;
    return metadata(syscalls, "in")
        .filter(before -> kexecs > 0 && count(Optional.of(before)) == kexecs)
        .map(before -> new Origin(text(before), kexecs, liveUpdates(syscalls)));
  }

  private static Optional<ByteBuffer> metadata(Syscalls syscalls, String direction) {
    return blob(syscalls, direction + "/sub_fdts/kexec-metadata")
        .filter(bytes -> bytes.length >= METADATA_BYTES)
        .map(bytes -> ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()))
        .filter(metadata -> metadata.getInt(0) == METADATA_VERSION);
  }

  private static long count(Optional<ByteBuffer> metadata) {
    return metadata
        .map(bytes -> Integer.toUnsignedLong(bytes.getInt(RELEASE + RELEASE_BYTES)))
        .orElse(0L);
  }

  private static long liveUpdates(Syscalls syscalls) {
    return blob(syscalls, "out/sub_fdts/LUO")
        .filter(bytes -> bytes.length >= LIVEUPDATE_NUMBER + Long.BYTES)
        .map(bytes ->
            ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong(LIVEUPDATE_NUMBER) - 1)
        .orElse(0L);
  }

  private static String text(ByteBuffer metadata) {
    byte[] bytes = new byte[RELEASE_BYTES];
    metadata.get(RELEASE, bytes);
    String field = new String(bytes, StandardCharsets.UTF_8);
    int end = field.indexOf('\0');
    return end < 0 ? field : field.substring(0, end);
  }

  /** The version of what the Live Update Orchestrator hands over, such as {@code luo-v5}. */
  public static Optional<String> orchestrator(Syscalls syscalls) {
    return blob(syscalls, "out/sub_fdts/LUO")
        .map(bytes -> VERSION.matcher(new String(bytes, StandardCharsets.ISO_8859_1)))
        .filter(Matcher::lookingAt)
        .map(Matcher::group);
  }

  private static Optional<byte[]> blob(Syscalls syscalls, String name) {
    return SmallFiles.bytes(syscalls, ROOT + name, MOST_BYTES);
  }
}
