package io.holdfast.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.uapi.EventfdUapi;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.MmanUapi;
import io.holdfast.uapi.StatUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every call against the running kernel; each test closes what it opened. */
class NativeSyscallsTest {
  /** {@code asm-generic/ioctls.h}: bytes left to read; on a regular file, its size. */
  private static final long FIONREAD = 0x541B;

  /** {@code asm-generic/ioctls.h}: sets close-on-exec; takes no argument. */
  private static final long FIOCLEX = 0x5451;

  @TempDir Path folder;

  private final NativeSyscalls kernel = NativeSyscalls.open();
  private final Arena arena = Arena.ofAuto();
  private int memfd;

  @BeforeEach
  void openMemfd() {
    memfd =
        kernel.memfd_create("holdfast-test", MemfdUapi.MFD_ALLOW_SEALING | MemfdUapi.MFD_CLOEXEC);
    assertThat(memfd).isNotNegative();
    assertThat(kernel.ftruncate(memfd, 8192)).isZero();
  }

  @AfterEach
  void closeMemfd() {
    assertThat(kernel.close(memfd)).isZero();
  }

  @Test
  void opensAndClosesOnce() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "x");
    int fd = kernel.open(file.toString(), FcntlUapi.O_RDONLY, 0);
    assertThat(fd).isGreaterThan(2);
    assertThat(kernel.close(fd)).isZero();
    assertThat(kernel.close(fd)).isEqualTo(-Errno.EBADF);
  }

  @Test
  void opensWithTheModeGiven() throws IOException {
    Path file = folder.resolve("new");
    int flags = FcntlUapi.O_CREAT | FcntlUapi.O_EXCL | FcntlUapi.O_WRONLY | FcntlUapi.O_CLOEXEC;
    int fd = kernel.open(file.toString(), flags, 0400);
    assertThat(fd).isNotNegative();
    assertThat(kernel.fcntl(fd, FcntlUapi.F_GETFD, 0)).isEqualTo(FcntlUapi.FD_CLOEXEC);
    kernel.close(fd);
    assertThat(Files.getPosixFilePermissions(file)).hasToString("[OWNER_READ]");
    assertThat(kernel.open(file.toString(), flags, 0400)).isEqualTo(-Errno.EEXIST);
  }

  @Test
  void answersTheErrnoOfARefusal() {
    assertThat(kernel.open("/nowhere/at/all", FcntlUapi.O_RDONLY, 0)).isEqualTo(-Errno.ENOENT);
    assertThat(kernel.open("/proc/self/status/x", FcntlUapi.O_RDONLY, 0)).isEqualTo(-Errno.ENOTDIR);
    assertThat(kernel.ftruncate(memfd, -1)).isEqualTo(-Errno.EINVAL);
    assertThat(kernel.ioctl(memfd, 0x3b95, 0L)).isEqualTo(-Errno.ENOTTY);
    assertThat(kernel.memfd_create("x".repeat(300), 0)).isEqualTo(-Errno.EINVAL);
    assertThat(kernel.eventfd(0, 1 << 20)).isEqualTo(-Errno.EINVAL);
  }

  @Test
  void refusesAZeroByteInAPath() {
    assertThatThrownBy(() -> kernel.open("/dev/null\0/../mem", FcntlUapi.O_RDONLY, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("zero byte");
  }

  @Test
  void passesAStructToIoctl() {
    MemorySegment left = arena.allocate(ValueLayout.JAVA_INT);
    assertThat(kernel.ioctl(memfd, FIONREAD, left)).isZero();
    assertThat(left.get(ValueLayout.JAVA_INT, 0)).isEqualTo(8192);
    assertThat(kernel.ioctl(memfd, FIONREAD, MemorySegment.NULL)).isEqualTo(-Errno.EFAULT);
  }

  @Test
  void passesANumberToIoctl() {
    int copy = kernel.fcntl(memfd, 0, 100); // F_DUPFD
    assertThat(copy).isGreaterThanOrEqualTo(100);
    assertThat(kernel.fcntl(copy, FcntlUapi.F_GETFD, 0)).isZero();
    assertThat(kernel.ioctl(copy, FIOCLEX, 0L)).isZero();
    assertThat(kernel.fcntl(copy, FcntlUapi.F_GETFD, 0)).isEqualTo(FcntlUapi.FD_CLOEXEC);
    kernel.close(copy);
  }

  @Test
  void refusesMemoryTheKernelMustNotSee() {
    MemorySegment heap = MemorySegment.ofArray(new byte[4]);
    assertThatThrownBy(() -> kernel.ioctl(memfd, FIONREAD, heap))
        .isInstanceOf(IllegalArgumentException.class);
    MemorySegment closed;
    try (Arena shortLived = Arena.ofShared()) {
      closed = shortLived.allocate(4);
    }
    assertThatThrownBy(() -> kernel.ioctl(memfd, FIONREAD, closed))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void sealsAMemfd() {
    assertThat(kernel.fcntl(memfd, FcntlUapi.F_GET_SEALS, 0)).isZero();
    assertThat(kernel.fcntl(memfd, FcntlUapi.F_ADD_SEALS, FcntlUapi.F_SEAL_SHRINK)).isZero();
    assertThat(kernel.fcntl(memfd, FcntlUapi.F_GET_SEALS, 0)).isEqualTo(FcntlUapi.F_SEAL_SHRINK);
    assertThat(kernel.ftruncate(memfd, 4096)).isEqualTo(-Errno.EPERM);
    assertThat(kernel.ftruncate(memfd, 16384)).isZero();
  }

  @Test
  void duplicatesADescriptor() {
    int copy = kernel.dup2(memfd, 321);
    assertThat(copy).isEqualTo(321);
    assertThat(kernel.fcntl(copy, FcntlUapi.F_GETFD, 0)).isZero();
    assertThat(kernel.close(copy)).isZero();
    assertThat(kernel.dup2(copy, 322)).isEqualTo(-Errno.EBADF);
  }

  @Test
  void readsAStatus() {
    MemorySegment status = arena.allocate(statx.LAYOUT.size(), statx.LAYOUT.alignment());
    int asked = StatUapi.STATX_BASIC_STATS;
    assertThat(kernel.statx(memfd, "", FcntlUapi.AT_EMPTY_PATH, asked, status)).isZero();
    assertThat(statx.stx_size.get(status)).isEqualTo(8192);
    assertThat(statx.stx_mode.get(status) & StatUapi.S_IFMT).isEqualTo(StatUapi.S_IFREG);
    assertThat(kernel.statx(FcntlUapi.AT_FDCWD, "/dev/null", 0, asked, status)).isZero();
    assertThat(statx.stx_mode.get(status) & StatUapi.S_IFMT).isEqualTo(StatUapi.S_IFCHR);
    assertThat(statx.stx_rdev_major.get(status)).isEqualTo(1);
    assertThat(statx.stx_rdev_minor.get(status)).isEqualTo(3);
    assertThat(kernel.statx(FcntlUapi.AT_FDCWD, "/nowhere", 0, asked, status))
        .isEqualTo(-Errno.ENOENT);
  }

  @Test
  @SuppressWarnings("restricted")
  void mapsSharedMemory() {
    int both = MmanUapi.PROT_READ | MmanUapi.PROT_WRITE;
    long address = kernel.mmap(4096, both, MmanUapi.MAP_SHARED, memfd, 4096);
    assertThat(address).isPositive();
    MemorySegment.ofAddress(address).reinterpret(4096).set(ValueLayout.JAVA_LONG, 8, 0x1234567890L);
    MemorySegment back = arena.allocate(ValueLayout.JAVA_LONG);
    assertThat(kernel.pread(memfd, back, 4096 + 8)).isEqualTo(8);
    assertThat(back.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x1234567890L);
    assertThat(kernel.madvise(address, 4096, MmanUapi.MADV_DONTDUMP)).isZero();
    assertThat(kernel.madvise(address + 1, 4096, MmanUapi.MADV_DONTDUMP)).isEqualTo(-Errno.EINVAL);
    assertThat(kernel.munmap(address, 4096)).isZero();
    assertThat(kernel.munmap(address + 1, 4096)).isEqualTo(-Errno.EINVAL);
    assertThat(kernel.mmap(4096, both, MmanUapi.MAP_SHARED, -1, 0)).isEqualTo(-Errno.EBADF);
    assertThat(kernel.mmap(4096, both, MmanUapi.MAP_SHARED, memfd, 1)).isEqualTo(-Errno.EINVAL);
  }

  @Test
  void readsAndWritesAtAnOffset() {
    MemorySegment text = arena.allocateFrom("holdfast", StandardCharsets.UTF_8).asSlice(0, 8);
    assertThat(kernel.pwrite(memfd, text, 8188)).isEqualTo(8); // grows the file
    MemorySegment back = arena.allocate(16);
    assertThat(kernel.pread(memfd, back, 8188)).isEqualTo(8);
    assertThat(back.getString(0)).isEqualTo("holdfast");
    assertThat(kernel.pread(memfd, back, 1 << 20)).isZero();
    assertThat(kernel.pread(memfd, back.asSlice(0, 0), 0)).isZero();
    assertThat(kernel.pread(memfd, back, -1)).isEqualTo(-Errno.EINVAL);
    assertThat(kernel.pwrite(-1, text, 0)).isEqualTo(-Errno.EBADF);
  }

  @Test
  void readsAnEventfd() {
    int event = kernel.eventfd(7, EventfdUapi.EFD_NONBLOCK | EventfdUapi.EFD_CLOEXEC);
    MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
    assertThat(kernel.read(event, count)).isEqualTo(8);
    assertThat(count.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(7);
    assertThat(kernel.read(event, count)).isEqualTo(-Errno.EAGAIN);
    kernel.close(event);
  }

  @Test
  void readsASmallFile() {
    byte[] buffer = new byte[8192];
    int length = kernel.readFile("/proc/self/status", buffer);
    assertThat(new String(buffer, 0, length, StandardCharsets.UTF_8))
        .startsWith("Name:")
        .contains("Pid:\t" + kernel.getpid() + "\n");
    byte[] five = new byte[5];
    assertThat(kernel.readFile("/proc/self/status", five)).isEqualTo(5);
    assertThat(five).asString(StandardCharsets.UTF_8).isEqualTo("Name:");
    assertThat(kernel.readFile("/proc/self/status", new byte[0])).isZero();
    assertThat(kernel.readFile("/proc/self", buffer)).isEqualTo(-Errno.EISDIR);
    assertThat(kernel.readFile("/nowhere", buffer)).isEqualTo(-Errno.ENOENT);
  }

  @Test
  void writesOnlyAFileThatExists() throws IOException {
    Path file = Files.writeString(folder.resolve("attribute"), "previous");
    byte[] content = "vfio-pci".getBytes(StandardCharsets.UTF_8);
    assertThat(kernel.writeFile(file.toString(), content)).isEqualTo(8);
    assertThat(file).hasContent("vfio-pci");
    Path none = folder.resolve("none");
    assertThat(kernel.writeFile(none.toString(), content)).isEqualTo(-Errno.ENOENT);
    assertThat(none).doesNotExist();
    assertThat(kernel.writeFile("/dev/full", content)).isEqualTo(-Errno.ENOSPC);
    assertThat(kernel.writeFile(folder.toString(), content)).isEqualTo(-Errno.EISDIR);
  }

  @Test
  void listsAFolderOfAnySize() throws IOException {
    List<String> expected = new ArrayList<>(List.of("größe"));
    for (int i = 0; i < 1500; i++) {
      expected.add("a-name-that-is-somewhat-longer-" + i);
    }
    for (String name : expected) {
      Files.createFile(folder.resolve(name));
    }
    List<String> names = new ArrayList<>();
    assertThat(kernel.listFolder(folder.toString(), names)).isEqualTo(expected.size());
    assertThat(names).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void listsOnlyFolders() throws IOException {
    List<String> names = new ArrayList<>();
    Path file = Files.createFile(folder.resolve("f"));
    assertThat(kernel.listFolder(file.toString(), names)).isEqualTo(-Errno.ENOTDIR);
    assertThat(kernel.listFolder("/nowhere", names)).isEqualTo(-Errno.ENOENT);
    assertThat(names).isEmpty();
  }

  @Test
  void readsALinkAndDoesNotFollowIt() throws IOException {
    Path link = folder.resolve("link");
    String target = "../" + "größe/".repeat(500) + "end";
    Files.createSymbolicLink(link, Path.of(target));
    List<String> targets = new ArrayList<>();
    assertThat(kernel.readLink(link.toString(), targets))
        .isEqualTo(target.getBytes(StandardCharsets.UTF_8).length);
    assertThat(targets).containsExactly(target);
    assertThat(kernel.readLink(folder.toString(), targets)).isEqualTo(-Errno.EINVAL);
    assertThat(targets).hasSize(1);
  }

  @Test
  void namesAMemfdInProc() {
    List<String> targets = new ArrayList<>();
    kernel.readLink("/proc/self/fd/" + memfd, targets);
    assertThat(targets).containsExactly("/memfd:holdfast-test (deleted)");
  }

  @Test
  void returnsFromExecveOnlyWhenRefused() {
    assertThat(kernel.execve("/nowhere", List.of("nowhere"), List.of())).isEqualTo(-Errno.ENOENT);
    assertThat(kernel.execve("/", List.of("folder"), List.of())).isEqualTo(-Errno.EACCES);
  }

  @Test
  void knowsItsProcess() {
    assertThat(kernel.getpid()).isEqualTo((int) ProcessHandle.current().pid());
  }

  @Test
  void keepsDescriptorsWhenItIsClosed() {
    try (NativeSyscalls other = NativeSyscalls.open()) {
      assertThat(other.getpid()).isPositive();
    }
    assertThat(kernel.fcntl(memfd, FcntlUapi.F_GETFD, 0)).isEqualTo(FcntlUapi.FD_CLOEXEC);
  }

  @Test
  void namesAMissingFunction() {
    assertThatThrownBy(() ->
            LinkerHelper.downcall("no_such_function", FunctionDescriptor.of(ValueLayout.JAVA_INT)))
        .isInstanceOf(MissingSymbolException.class)
        .hasMessageContaining("no_such_function");
  }

  @Test
  void fillsBuffersOfEverySizeUpToTheEnd() {
    byte[] content = new byte[8192];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31);
    }
    MemorySegment native8k = arena.allocate(8192).copyFrom(MemorySegment.ofArray(content));
    assertThat(kernel.pwrite(memfd, native8k, 0)).isEqualTo(8192);
    for (int size : new int[] {1, 4095, 4096, 4097, 8191, 8192, 9000}) {
      byte[] buffer = new byte[size];
      int length = kernel.readFile("/proc/self/fd/" + memfd, buffer);
      assertThat(length).isEqualTo(Math.min(size, 8192));
      assertThat(Arrays.copyOf(buffer, length)).isEqualTo(Arrays.copyOf(content, length));
    }
  }
}
