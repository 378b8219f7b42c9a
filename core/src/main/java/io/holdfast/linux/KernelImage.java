package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;

/**
 * A kernel image on disk, as far as it can be looked into without starting it: an x86 bzImage
 * ({@code Documentation/arch/x86/boot.rst}), or a kernel that is plain or compressed by gzip as a
 * whole. A payload compressed by something else is not looked into, and named. Immutable.
 *
 * @param path where it is
 * @param release such as {@code 7.3.0}; empty if the image does not tell
 * @param config the options it was built with; empty if they are neither in the image
 *     (CONFIG_IKCONFIG) nor in {@code config-RELEASE} beside it
 * @param handover the versions of what it takes over from the kernel before it, such as {@code
 *     kho-v4} and {@code luo-v5} ({@code include/linux/kho/abi}); empty if it could not be looked
 *     into, or takes over nothing
 * @param unreadable what the payload is compressed by, such as {@code zstd}, where it could not be
 *     looked into; empty if it was
 */
public record KernelImage(
    String path,
    Optional<String> release,
    Optional<KernelConfig> config,
    NavigableSet<String> handover,
    Optional<String> unreadable) {
  private static final int MOST_BYTES = 256 << 20;
  private static final int MOST_UNPACKED_BYTES = 512 << 20;

  private static final int SETUP_SECTORS = 0x1f1;
  private static final int SIGNATURE = 0x202;
  private static final int PROTOCOL = 0x206;
  private static final int VERSION_POINTER = 0x20e;
  private static final int PAYLOAD_OFFSET = 0x248;
  private static final int PAYLOAD_LENGTH = 0x24c;
  private static final int HEADER_BYTES = 0x250;
  private static final int PROTOCOL_WITH_PAYLOAD = 0x208;
  private static final int SECTOR_BYTES = 512;
  private static final int MOST_RELEASE_BYTES = 128;

  /**
   * The first bytes of what the kernel's build compresses an image by ({@code lib/decompress.c}).
   */
  private static final Map<String, byte[]> COMPRESSIONS =
      Map.of(
          "bzip2", ascii("BZh"),
          "lzma", new byte[] {0x5d, 0, 0},
          "xz", new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0},
          "lzo", new byte[] {(byte) 0x89, 'L', 'Z', 'O'},
          "lz4", new byte[] {0x02, 0x21, 0x4c, 0x18},
          "zstd", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd});

  private static final byte[] HDRS = ascii("HdrS");
  private static final byte[] CONFIG_START = ascii("IKCFG_ST");
  private static final byte[] BANNER = ascii("Linux version ");
  private static final List<String> HANDOVERS = List.of("\0kho-v", "\0luo-v", "\0memfd-v");
  private static final int MOST_VERSION_DIGITS = 4;

  public KernelImage {
    handover = new TreeSet<>(handover);
  }

  /** Looks into an image; empty if it is not a plain file, cannot be read or is no kernel. */
  public static Optional<KernelImage> read(Syscalls syscalls, String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(statx.LAYOUT.size(), 8);
      if (syscalls.statx(FcntlUapi.AT_FDCWD, path, 0, StatUapi.STATX_BASIC_STATS, status) < 0
          || (statx.stx_mode.get(status) & StatUapi.S_IFMT) != StatUapi.S_IFREG) {
        return Optional.empty();
      }
    }
    return SmallFiles.bytes(syscalls, path, MOST_BYTES).flatMap(file -> look(syscalls, path, file));
  }

  private static Optional<KernelImage> look(Syscalls syscalls, String path, byte[] file) {
    boolean isBzImage = startsAt(file, SIGNATURE, HDRS) && file.length >= HEADER_BYTES;
    byte[] packed = isBzImage ? payload(file) : file;
    byte[] kernel = unpacked(packed);
    int banner = isBzImage ? 0 : new ByteSearch(BANNER).find(kernel, 0);
    if (banner < 0) {
      return Optional.empty();
    }
    Optional<String> release =
        isBzImage ? releaseOfHeader(file) : word(kernel, banner + BANNER.length);
    Optional<KernelConfig> config =
        configOf(path, kernel)
            .or(() -> release.flatMap(name -> KernelConfig.plain(syscalls, beside(path, name))));
    return Optional.of(
        new KernelImage(path, release, config, handoverOf(kernel), compression(packed)));
  }

  private static String beside(String path, String release) {
    return path.substring(0, path.lastIndexOf('/') + 1) + "config-" + release;
  }

  private static Optional<String> releaseOfHeader(byte[] file) {
    int pointer = Short.toUnsignedInt(header(file).getShort(VERSION_POINTER));
    return pointer == 0 ? Optional.empty() : word(file, pointer + SECTOR_BYTES);
  }

  private static ByteBuffer header(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] payload(byte[] file) {
    ByteBuffer header = header(file);
    if (Short.toUnsignedInt(header.getShort(PROTOCOL)) < PROTOCOL_WITH_PAYLOAD) {
      return new byte[0];
    }
    int sectors = Byte.toUnsignedInt(file[SETUP_SECTORS]);
    long start =
        (sectors == 0 ? 5L : sectors + 1L) * SECTOR_BYTES
            + Integer.toUnsignedLong(header.getInt(PAYLOAD_OFFSET));
    long end = start + Integer.toUnsignedLong(header.getInt(PAYLOAD_LENGTH));
    return start <= end && end <= file.length
        ? Arrays.copyOfRange(file, (int) start, (int) end)
        : new byte[0];
  }

  /** What bytes are compressed by, if that is not gzip. */
  private static Optional<String> compression(byte[] bytes) {
    return COMPRESSIONS.entrySet().stream()
        .filter(each -> startsAt(bytes, 0, each.getValue()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static byte[] unpacked(byte[] bytes) {
    if (bytes.length < 2 || bytes[0] != 0x1f || bytes[1] != (byte) 0x8b) {
      return bytes;
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes), 1 << 16)) {
      return in.readNBytes(MOST_UNPACKED_BYTES);
    } catch (IOException damaged) {
      return new byte[0];
    }
  }

  private static Optional<KernelConfig> configOf(String path, byte[] kernel) {
    int start = new ByteSearch(CONFIG_START).find(kernel, 0);
    return start < 0
        ? Optional.empty()
        : KernelConfig.inflate(
            path, Arrays.copyOfRange(kernel, start + CONFIG_START.length, kernel.length));
  }

  private static NavigableSet<String> handoverOf(byte[] kernel) {
    NavigableSet<String> versions = new TreeSet<>();
    for (String each : HANDOVERS) {
      ByteSearch search = new ByteSearch(ascii(each));
      int start = search.find(kernel, 0);
      while (start >= 0) {
        int digits = start + each.length();
        int end = digits;
        while (end < kernel.length && kernel[end] >= '0' && kernel[end] <= '9') {
          end++;
        }
        if (end > digits
            && end - digits <= MOST_VERSION_DIGITS
            && end < kernel.length
            && kernel[end] == 0) {
          versions.add(new String(kernel, start + 1, end - start - 1, StandardCharsets.US_ASCII));
        }
        start = search.find(kernel, start + 1);
      }
    }
    return versions;
  }

  /** The text from an offset to the next blank or zero. */
  private static Optional<String> word(byte[] bytes, int start) {
    int end = start;
    while (end < bytes.length && end - start < MOST_RELEASE_BYTES && bytes[end] > ' ') {
      end++;
    }
    return end > start
        ? Optional.of(new String(bytes, start, end - start, StandardCharsets.US_ASCII))
        : Optional.empty();
  }

  private static boolean startsAt(byte[] bytes, int offset, byte[] text) {
    return bytes.length >= offset + text.length
        && Arrays.equals(bytes, offset, offset + text.length, text, 0, text.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
