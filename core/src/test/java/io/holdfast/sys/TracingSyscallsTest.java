package io.holdfast.sys;

import static io.holdfast.uapi.FcntlUapi.F_ADD_SEALS;
import static io.holdfast.uapi.FcntlUapi.F_GET_SEALS;
import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_RDWR;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map_file;
import io.holdfast.uapi.LiveupdateUapi;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_create_session;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_preserve_fd;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.MmanUapi;
import io.holdfast.uapi.Requests;
import io.holdfast.uapi.VfioUapi;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import io.holdfast.uapi.VfioUapi.vfio_pci_dependent_device;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset_info;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Traces over a kernel whose answers are written in the test, so that whole lines can be compared.
 */
class TracingSyscallsTest {
  private final StringWriter out = new StringWriter();
  private final Arena arena = Arena.ofAuto();
  private long answer;
  private Consumer<MemorySegment> effect = _ -> {};

  private final TracingSyscalls traced = new TracingSyscalls(new Scripted(), new Requests(), out);

  /** Answers what the test wants and does to a struct what the test wants. */
  private final class Scripted extends ForwardingSyscalls {
    Scripted() {
      super(NativeSyscalls.open());
    }

    @Override
    public int open(String path, int flags, int mode) {
      return (int) answer;
    }

    @Override
    public int ioctl(int fd, long request, MemorySegment argument) {
      effect.accept(argument);
      return (int) answer;
    }

    @Override
    public int ioctl(int fd, long request, long argument) {
      return (int) answer;
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
      return (int) answer;
    }

    @Override
    public int memfd_create(String name, int flags) {
      return (int) answer;
    }

    @Override
    public long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
      return answer;
    }

    @Override
    public long pread(int fd, MemorySegment buffer, long offset) {
      effect.accept(buffer);
      return answer;
    }

    @Override
    public int readFile(String path, byte[] buffer) {
      System.arraycopy("0x1234\n".getBytes(StandardCharsets.UTF_8), 0, buffer, 0, 7);
      return 7;
    }

    @Override
    public int listFolder(String path, List<String> names) {
      names.add("noiommu-vfio0");
      return 1;
    }

    @Override
    public int execve(String path, List<String> arguments, List<String> environment) {
      return (int) answer;
    }
  }

  private List<String> lines() {
    return out.toString().lines().toList();
  }

  @Test
  void namesFlagsCommandsAndSeals() {
    answer = 7;
    traced.open("/dev/iommu", O_RDWR | O_CLOEXEC, 0);
    traced.open("/tmp/a\n\"b\"", FcntlUapi.O_CREAT | (1 << 30), 0600);
    traced.memfd_create("tx", MemfdUapi.MFD_CLOEXEC | MemfdUapi.MFD_EXEC);
    answer = 0;
    traced.fcntl(9, F_ADD_SEALS, FcntlUapi.F_SEAL_SHRINK | FcntlUapi.F_SEAL_GROW);
    answer = FcntlUapi.F_SEAL_EXEC;
    traced.fcntl(9, F_GET_SEALS, 0);
    answer = 0x7f0000000000L;
    traced.mmap(4096, MmanUapi.PROT_READ | MmanUapi.PROT_WRITE, MmanUapi.MAP_SHARED, 9, 8192);
    assertThat(lines())
        .containsExactly(
            "open(\"/dev/iommu\", O_RDWR|O_CLOEXEC) = 7",
            "open(\"/tmp/a\\n\\\"b\\\"\", O_RDONLY|O_CREAT|0x40000000, 0600) = 7",
            "memfd_create(\"tx\", MFD_CLOEXEC|MFD_EXEC) = 7",
            "fcntl(9, F_ADD_SEALS, F_SEAL_SHRINK|F_SEAL_GROW) = 0",
            "fcntl(9, F_GET_SEALS, 0) = 32 (F_SEAL_EXEC)",
            "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 9, 0x2000) = 0x7f0000000000");
  }

  @Test
  void showsAStructAndWhatTheKernelChangedInIt() {
    MemorySegment alloc = arena.allocate(iommu_ioas_alloc.LAYOUT.size());
    iommu_ioas_alloc.size.set(alloc, 12);
    effect = struct -> iommu_ioas_alloc.out_ioas_id.set(struct, 1);
    traced.ioctl(7, IommufdUapi.IOMMU_IOAS_ALLOC, alloc);

    MemorySegment map = arena.allocate(iommu_ioas_map_file.LAYOUT.size());
    iommu_ioas_map_file.size.set(map, 48);
    iommu_ioas_map_file.flags.set(map, 7);
    iommu_ioas_map_file.ioas_id.set(map, 1);
    iommu_ioas_map_file.fd.set(map, 9);
    iommu_ioas_map_file.length.set(map, 2 << 20);
    iommu_ioas_map_file.iova.set(map, 0x1_0000_0000L);
    effect = _ -> {};
    answer = -Errno.EEXIST;
    traced.ioctl(7, IommufdUapi.IOMMU_IOAS_MAP_FILE, map);
    assertThat(lines())
        .containsExactly(
            "ioctl(7, IOMMU_IOAS_ALLOC, {size=12, flags=0, out_ioas_id=0}) = 0 => {out_ioas_id=1}",
            "ioctl(7, IOMMU_IOAS_MAP_FILE, {size=48,"
                + " flags=IOMMU_IOAS_MAP_FIXED_IOVA|IOMMU_IOAS_MAP_WRITEABLE|IOMMU_IOAS_MAP_READABLE,"
                + " ioas_id=1, fd=9, start=0x0, length=0x200000, iova=0x100000000}) = -1 EEXIST"
                + " (File exists)");
  }

  @Test
  void showsNamesAndTokens() {
    MemorySegment create = arena.allocate(liveupdate_ioctl_create_session.LAYOUT.size());
    liveupdate_ioctl_create_session.name.slice(create).setString(0, "nic\"0\"");
    effect = struct -> liveupdate_ioctl_create_session.fd.set(struct, 12);
    traced.ioctl(5, LiveupdateUapi.LIVEUPDATE_IOCTL_CREATE_SESSION, create);
    MemorySegment preserve = arena.allocate(liveupdate_session_preserve_fd.LAYOUT.size());
    liveupdate_session_preserve_fd.fd.set(preserve, -1);
    liveupdate_session_preserve_fd.token.set(preserve, -1L);
    effect = _ -> {};
    traced.ioctl(12, LiveupdateUapi.LIVEUPDATE_SESSION_PRESERVE_FD, preserve);
    assertThat(lines())
        .containsExactly(
            "ioctl(5, LIVEUPDATE_IOCTL_CREATE_SESSION, {size=0, fd=0, name=\"nic\\\"0\\\"\"}) = 0"
                + " => {fd=12}",
            "ioctl(12, LIVEUPDATE_SESSION_PRESERVE_FD,"
                + " {size=0, fd=-1, token=18446744073709551615}) = 0");
  }

  @Test
  void showsTheElementsOfArraysAsFarAsTheMemoryReaches() {
    long header = vfio_irq_set.LAYOUT.size();
    MemorySegment set = arena.allocate(header + 8);
    vfio_irq_set.flags.set(
        set, VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER);
    vfio_irq_set.index.set(set, VfioUapi.VFIO_PCI_MSIX_IRQ_INDEX);
    vfio_irq_set.count.set(set, -1); // a lie
    set.set(ValueLayout.JAVA_INT_UNALIGNED, header, 30);
    set.set(ValueLayout.JAVA_INT_UNALIGNED, header + 4, -1);
    traced.ioctl(8, VfioUapi.VFIO_DEVICE_SET_IRQS, set);

    MemorySegment info =
        arena.allocate(
            vfio_pci_hot_reset_info.LAYOUT.size() + vfio_pci_dependent_device.LAYOUT.size());
    effect =
        struct -> {
          vfio_pci_hot_reset_info.flags.set(struct, VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID);
          vfio_pci_hot_reset_info.count.set(struct, 1);
          MemorySegment device = vfio_pci_hot_reset_info.devices.slice(struct);
          vfio_pci_dependent_device.devid.set(device, 3);
          vfio_pci_dependent_device.devfn.set(device, 32);
        };
    traced.ioctl(8, VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info);
    assertThat(lines())
        .containsExactly(
            "ioctl(8, VFIO_DEVICE_SET_IRQS, {argsz=0,"
                + " flags=VFIO_IRQ_SET_DATA_EVENTFD|VFIO_IRQ_SET_ACTION_TRIGGER,"
                + " index=VFIO_PCI_MSIX_IRQ_INDEX, start=0, count=4294967295, data=[30, -1]}) = 0",
            "ioctl(8, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,"
                + " {argsz=0, flags=0, count=0, devices=[]}) = 0"
                + " => {flags=VFIO_PCI_HOT_RESET_FLAG_DEV_ID, count=1,"
                + " devices=[{devid=3, segment=0, bus=0, devfn=32}]}");
  }

  @Test
  void showsWhatItCannotDecode() {
    MemorySegment tooShort = MemorySegment.ofAddress(0x1000);
    traced.ioctl(7, IommufdUapi.IOMMU_IOAS_MAP, tooShort);
    traced.ioctl(7, 0x3bef, MemorySegment.NULL);
    answer = -4095;
    traced.ioctl(8, VfioUapi.VFIO_DEVICE_RESET, 0);
    assertThat(lines())
        .containsExactly(
            "ioctl(7, IOMMU_IOAS_MAP, 0x1000) = 0",
            "ioctl(7, 0x3bef, 0x0) = 0",
            "ioctl(8, VFIO_DEVICE_RESET, 0) = -1 E4095 (unknown error 4095)");
  }

  @Test
  void showsTheBeginningOfBuffersAndFiles() {
    MemorySegment buffer = arena.allocate(40);
    effect = struct -> struct.fill((byte) 0xff);
    answer = 2;
    traced.pread(8, buffer, 0x70000000004L);
    answer = 40;
    effect = struct -> struct.fill((byte) 'x');
    traced.pread(8, buffer, 0);
    answer = -Errno.EIO;
    traced.pread(8, buffer, 0);
    traced.readFile("/sys/bus/pci/devices/0000:00:04.0/vendor", new byte[64]);
    traced.listFolder("/sys/x", new ArrayList<>(List.of("already there")));
    assertThat(lines())
        .containsExactly(
            "pread(8, \"\\xff\\xff\", 40, 0x70000000004) = 2",
            "pread(8, \"" + "x".repeat(32) + "\"..., 40, 0x0) = 40",
            "pread(8, 0x"
                + Long.toHexString(buffer.address())
                + ", 40, 0x0) = -1 EIO (Input/output error)",
            "readFile(\"/sys/bus/pci/devices/0000:00:04.0/vendor\", \"0x1234\\n\", 64) = 7",
            "listFolder(\"/sys/x\", [\"noiommu-vfio0\"]) = 1");
  }

  @Test
  void hidesTheEnvironmentAndWritesBeforeTheProcessIsReplaced() {
    answer = -Errno.ENOENT;
    traced.execve("/usr/bin/driver", List.of("driver", "-v"), List.of("TOKEN=secret"));
    String call = "execve(\"/usr/bin/driver\", [\"driver\", \"-v\"], /* 1 variables */)";
    assertThat(lines())
        .containsExactly(call + " = ?", call + " = -1 ENOENT (No such file or directory)");
  }

  @Test
  void writesWholeLinesFromManyThreads() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      threads.add(Thread.ofVirtual().start(() -> repeat(200)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(lines())
        .hasSize(1600)
        .containsOnly("open(\"/dev/vfio/devices/noiommu-vfio0\", O_RDWR) = 0");
  }

  private void repeat(int times) {
    for (int i = 0; i < times; i++) {
      traced.open("/dev/vfio/devices/noiommu-vfio0", O_RDWR, 0);
    }
  }

  @Test
  void goesOnWhenTheTraceCannotBeWritten() {
    IOException full = new IOException("no space");
    Appendable broken =
        new Appendable() {
          @Override
          public Appendable append(CharSequence text) throws IOException {
            throw full;
          }

          @Override
          public Appendable append(CharSequence text, int start, int end) throws IOException {
            throw full;
          }

          @Override
          public Appendable append(char c) throws IOException {
            throw full;
          }
        };
    TracingSyscalls tracing = new TracingSyscalls(new Scripted(), new Requests(), broken);
    answer = 3;
    assertThat(tracing.failure()).isEmpty();
    assertThat(tracing.open("/dev/iommu", O_RDWR, 0)).isEqualTo(3);
    assertThat(tracing.open("/dev/iommu", O_RDWR, 0)).isEqualTo(3);
    assertThat(tracing.failure()).containsSame(full);
  }
}
