package io.holdfast.bench;

import io.holdfast.sys.Errno;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.IommufdUapi.iommu_option;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a call through {@link Syscalls#ioctl} costs beside the same loop in C.
 *
 * <p>The requests are the cheapest there are, so that the ratio is the worst there is: FIONREAD on
 * a memfd on any machine, and where {@code /dev/iommu} exists, reading one of its options. All run
 * in turns, in processes of their own, so that what else the machine does meets all.
 *
 * <p>The C program runs twice: with one thread, and with a second one that sleeps. In a process
 * with more than one thread, as every JVM is, the kernel counts the use of a descriptor in each
 * call; that is the kernel's time and not Java's, so the second is the one to compare with.
 */
public final class IoctlBenchmark {
  /** {@code asm-generic/ioctls.h}: writes an int, the bytes left to read. */
  private static final long FIONREAD = 0x541B;

  private static final String MEMFD = "memfd";
  private static final String IOMMU = "/dev/iommu";
  private static final int CALLS = 500_000;
  private static final int WARM_UP_RUNS = 5;
  private static final int RUNS = 25;
  private static final double AIM = 1.1;

  private IoctlBenchmark() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("holdfast-bench");
    try {
      Path program = CProgram.compile(folder, "ioctl");
      try (NativeSyscalls kernel = NativeSyscalls.open();
          Arena arena = Arena.ofConfined()) {
        compare("FIONREAD", kernel, MEMFD, FIONREAD, arena.allocate(8), program);
        if (Files.exists(Path.of(IOMMU))) {
          MemorySegment option = arena.allocate(iommu_option.LAYOUT.size(), 8);
          iommu_option.size.set(option, (int) iommu_option.LAYOUT.size());
          iommu_option.option_id.set(option, IommufdUapi.IOMMU_OPTION_RLIMIT_MODE);
          iommu_option.op.set(option, IommufdUapi.IOMMU_OPTION_OP_GET);
          compare("IOMMU_OPTION", kernel, IOMMU, IommufdUapi.IOMMU_OPTION, option, program);
        }
      }
    } finally {
      for (String file : List.of("ioctl.c", "ioctl", "")) {
        Files.deleteIfExists(folder.resolve(file));
      }
    }
  }

  private static void compare(
      String name, Syscalls kernel, String path, long request, MemorySegment struct, Path program)
      throws IOException {
    int fd =
        path.equals(MEMFD)
            ? kernel.memfd_create("bench", MemfdUapi.MFD_CLOEXEC)
            : kernel.open(path, FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0);
    if (fd < 0) {
      System.out.println(name + ": cannot open " + path + ": " + Errno.describe(-fd));
      return;
    }
    double[][] nanos = new double[3][RUNS];
    try (CProgram one = inC(program, path, request, 1, struct);
        CProgram two = inC(program, path, request, 2, struct)) {
      for (int run = -WARM_UP_RUNS; run < RUNS; run++) {
        double[] now = {nanosInC(one), nanosInC(two), nanosInJava(kernel, fd, request, struct)};
        for (int i = 0; i < now.length && run >= 0; i++) {
          nanos[i][run] = now[i];
        }
      }
    }
    kernel.close(fd);
    report(name, path, nanos);
  }

  private static double nanosInJava(Syscalls kernel, int fd, long request, MemorySegment struct) {
    long refused = 0;
    long start = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      if (kernel.ioctl(fd, request, struct) < 0) {
        refused++;
      }
    }
    return perCall(System.nanoTime() - start, refused);
  }

  private static double perCall(long nanos, long refused) {
    if (refused != 0) {
      throw new IllegalStateException("the kernel has refused " + refused + " calls");
    }
    return (double) nanos / CALLS;
  }

  private static void report(String name, String path, double[][] nanos) {
    System.out.printf("%s on %s, %d runs of %,d calls each, in turns%n", name, path, RUNS, CALLS);
    String[] names = {"C, one thread", "C, two threads", "Java"};
    for (int i = 0; i < names.length; i++) {
      System.out.printf(
          "  %-15s median %7.1f ns/call, best %7.1f%n",
          names[i], Medians.of(nanos[i]), best(nanos[i]));
    }
    for (int i = 0; i < 2; i++) {
      double[] c = nanos[i];
      double[] java = nanos[2];
      double[] ratios = new double[RUNS];
      Arrays.setAll(ratios, run -> java[run] / c[run]);
      System.out.printf(
          "  Java / %-15s median of the ratios %.2f, ratio of the best %.2f%s%n",
          names[i], Medians.of(ratios), best(java) / best(c), i == 1 ? " (aim " + AIM + ")" : "");
    }
  }

  private static double best(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static CProgram inC(
      Path program, String path, long request, int threads, MemorySegment struct)
      throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of(path, Long.toString(request)));
    arguments.addAll(List.of(Integer.toString(CALLS), Integer.toString(threads)));
    for (byte b : struct.toArray(ValueLayout.JAVA_BYTE)) {
      arguments.add(Integer.toString(b & 0xff));
    }
    return CProgram.start(program, arguments);
  }

  private static double nanosInC(CProgram program) throws IOException {
    long[] answer = program.run();
    return perCall(answer[0], answer[1]);
  }
}
