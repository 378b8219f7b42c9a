package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.engine.LiveRegion;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.VfioDeviceFile;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.VfioUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registers, mapped and by calls; the device is a file in memory that answers what was written. */
class DeviceRegionTest {
  private static final int PAGE = 4096;

  private final Syscalls syscalls = NativeSyscalls.open();
  private final VfioDeviceFile cdev = file();
  private MappedMemory mapped;

  private VfioDeviceFile file() {
    int fd = syscalls.memfd_create("bar", 0);
    assertThat(syscalls.ftruncate(fd, 2 * PAGE)).isZero();
    return new VfioDeviceFile(syscalls, fd, "the test's device");
  }

  private DeviceRegion region(boolean isMapped) {
    int flags = isMapped ? VfioUapi.VFIO_REGION_INFO_FLAG_MMAP : 0;
    VfioDeviceFile.Region bar = new VfioDeviceFile.Region(0, PAGE, PAGE, flags);
    VfioDeviceFile.Region config = new VfioDeviceFile.Region(7, 0, 256, 0);
    mapped = bar.isMappable() ? cdev.map(bar) : null;
    DeviceRegion region = new DeviceRegion(new LiveRegion(cdev, bar, config, mapped));
    assertThat(region.isMapped()).isEqualTo(isMapped);
    return region;
  }

  @AfterEach
  void close() {
    if (mapped != null) {
      mapped.close();
    }
    cdev.close();
  }

  private byte[] bytes(long offset, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment read = arena.allocate(count);
      cdev.read(read, PAGE + offset);
      return read.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyWidthIsWrittenLittleEndianAndReadBack(boolean isMapped) {
    DeviceRegion region = region(isMapped);
    region.put64(0, 0x8899aabbccddeeffL);
    region.put32(8, 0x81234567);
    region.put16(12, 0xfedc);
    region.put8(14, 0x1fe);
    assertThat(bytes(0, 16))
        .containsExactly(
            0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, 0x88, //
            0x67, 0x45, 0x23, 0x81, 0xdc, 0xfe, 0xfe, 0);
    assertThat(region.get64(0)).isEqualTo(0x8899aabbccddeeffL);
    assertThat(region.get32(8)).isEqualTo(0x81234567);
    assertThat(region.get16(12)).isEqualTo(0xfedc);
    assertThat(region.get8(14)).isEqualTo(0xfe);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyKindOfAccessReachesTheSameRegister(boolean isMapped) {
    DeviceRegion region = region(isMapped);
    region.put64Opaque(0, -2);
    region.put32Opaque(8, -3);
    region.put16Opaque(12, -4);
    region.put8Opaque(14, -5);
    assertThat(region.get64Plain(0)).isEqualTo(-2);
    assertThat(region.get32Plain(8)).isEqualTo(-3);
    assertThat(region.get16Plain(12)).isEqualTo(0xfffc);
    assertThat(region.get8Plain(14)).isEqualTo(0xfb);
    region.put64Plain(0, 2);
    region.put32Plain(8, 3);
    region.put16Plain(12, 4);
    region.put8Plain(14, 5);
    assertThat(region.get64Opaque(0)).isEqualTo(2);
    assertThat(region.get32Opaque(8)).isEqualTo(3);
    assertThat(region.get16Opaque(12)).isEqualTo(4);
    assertThat(region.get8Opaque(14)).isEqualTo(5);
    region.flush();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsOutsideOrUnalignedIsRefused(boolean isMapped) {
    DeviceRegion region = region(isMapped);
    LongConsumer[] accesses = {
      region::get64, region::get32, region::get16, offset -> region.put64(offset, 1)
    };
    for (LongConsumer access : accesses) {
      for (long offset : new long[] {1, -1, -8, PAGE - 1, PAGE, Long.MIN_VALUE, Long.MAX_VALUE}) {
        assertThatThrownBy(() -> access.accept(offset))
            .isInstanceOf(IndexOutOfBoundsException.class)
            .hasMessageContaining("region 0 of the test's device");
      }
    }
    assertThatThrownBy(() -> region.get8(PAGE)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> region.fill(PAGE - 4, 8, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> region.fill(2, 4, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(bytes(0, PAGE)).containsOnly(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void memoryIsCopiedByWords(boolean isMapped) {
    DeviceRegion region = region(isMapped);
    byte[] content = {1, 2, 3, 4, 5, 6, 7, 8};
    region.write(16, MemorySegment.ofArray(content));
    assertThat(bytes(16, 8)).isEqualTo(content);
    byte[] read = new byte[8];
    region.read(16, MemorySegment.ofArray(read));
    assertThat(read).isEqualTo(content);
    region.fill(16, 4, 0x7f7f7f7f);
    assertThat(bytes(16, 8)).containsExactly(0x7f, 0x7f, 0x7f, 0x7f, 5, 6, 7, 8);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAccessAllocatesNothing(boolean isMapped) {
    DeviceRegion region = region(isMapped);
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20 && least > 0; round++) {
      least = Math.min(least, allocated(region));
    }
    assertThat(least).isZero();
  }

  private static long allocated(DeviceRegion region) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    int count = 20_000;
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < count; i++) {
      region.put32(8, i);
      region.put64(0, region.get32(8) + region.get64(0));
    }
    // What the counter itself costs is no more than this.
    return (threads.getCurrentThreadAllocatedBytes() - before) / count;
  }

  @Test
  void afterItsDeviceIsClosedItReachesNothing() {
    DeviceRegion byCalls = region(false);
    DeviceRegion byMemory = region(true);
    mapped.close();
    cdev.close();
    for (DeviceRegion region : new DeviceRegion[] {byCalls, byMemory}) {
      assertThatThrownBy(() -> region.get32(0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> region.put32(0, 1)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(region::flush).isInstanceOf(IllegalStateException.class);
    }
  }
}
