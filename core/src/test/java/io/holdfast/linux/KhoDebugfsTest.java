package io.holdfast.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KhoDebugfsTest {
  private static final String ROOT = "/sys/kernel/debug/kho/";

  private static Syscalls kernel(Map<String, byte[]> files) {
    return (Syscalls)
        Proxy.newProxyInstance(
            Syscalls.class.getClassLoader(),
            new Class<?>[] {Syscalls.class},
            (proxy, method, arguments) -> {
              byte[] file = files.get(String.valueOf(arguments[0]));
              byte[] into = (byte[]) arguments[1];
              if (file == null) {
                return -Errno.ENOENT;
              }
              int length = Math.min(file.length, into.length);
              System.arraycopy(file, 0, into, 0, length);
              return length;
            });
  }

  private static byte[] metadata(int version, String release, int count) {
    return ByteBuffer.allocate(73)
        .order(ByteOrder.nativeOrder())
        .putInt(version)
        .put(4, release.getBytes(StandardCharsets.US_ASCII))
        .putInt(69, count)
        .array();
  }

  private static byte[] luo(long number) {
    return ByteBuffer.allocate(32)
        .order(ByteOrder.nativeOrder())
        .put("luo-v5".getBytes(StandardCharsets.US_ASCII))
        .putLong(8, number)
        .array();
  }

  @Test
  void countsKexecsAndLiveUpdates() {
    Syscalls kernel =
        kernel(
            Map.of(
                ROOT + "in/sub_fdts/kexec-metadata", metadata(1, "7.3.0-rc7", 3),
                ROOT + "in/sub_fdts/LUO", "\177ELF".getBytes(StandardCharsets.ISO_8859_1),
                ROOT + "out/sub_fdts/kexec-metadata", metadata(1, "7.3.0", 4),
                ROOT + "out/sub_fdts/LUO", luo(3)));
    assertThat(KhoDebugfs.origin(kernel)).contains(new KhoDebugfs.Origin("7.3.0-rc7", 3, 2));
    assertThat(KhoDebugfs.orchestrator(kernel)).contains("luo-v5");
  }

  @Test
  void tellsNothingAfterAColdBootAndOfWhatItDoesNotKnow() {
    String in = ROOT + "in/sub_fdts/kexec-metadata";
    String out = ROOT + "out/sub_fdts/kexec-metadata";
    assertThat(KhoDebugfs.origin(kernel(Map.of()))).isEmpty();
    assertThat(KhoDebugfs.origin(kernel(Map.of(out, metadata(1, "7.3.0", 1))))).isEmpty();
    for (byte[] wrong : new byte[][] {metadata(2, "8", 1), metadata(1, "8", 7), new byte[9]}) {
      assertThat(KhoDebugfs.origin(kernel(Map.of(in, wrong, out, metadata(1, "7.3.0", 2)))))
          .isEmpty();
    }
    assertThat(KhoDebugfs.orchestrator(kernel(Map.of(ROOT + "out/sub_fdts/LUO", new byte[32]))))
        .isEmpty();
  }
}
