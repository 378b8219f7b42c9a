package io.holdfast.uapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares every size, offset, alignment, number and word with the C headers of Linux 7.3: gcc
 * compiles a program generated from the layouts, which prints what the headers say.
 *
 * <p>The headers are those of {@code $HOLDFAST_KERNEL/uapi}, or what the guest's build has left in
 * its cache. Without them or gcc the test is skipped and says so; {@link UapiGoldenTest} still
 * holds then.
 */
class UapiHeadersTest {
  @TempDir Path folder;

  @Test
  void agreesWithTheKernelsHeaders() throws IOException, InterruptedException {
    Path headers = headers().orElse(null);
    assumeTrue(
        headers != null,
        "SKIPPED: no Linux 7.3 headers; set HOLDFAST_KERNEL to a directory that has"
            + " uapi/linux/iommufd.h, or run ./verify --real-kernel once, which builds them");
    assumeTrue(
        onPath("gcc"), "SKIPPED: no gcc to compile the headers with; install gcc and libc6-dev");

    Path source = Files.writeString(folder.resolve("uapi.c"), UapiTable.program());
    Path program = folder.resolve("uapi");
    run(
        "gcc",
        "-std=gnu11",
        "-Wall",
        "-isystem",
        headers.toString(),
        "-o",
        program.toString(),
        source.toString());
    List<String> said = run(program.toString()).lines().toList();

    List<String> expected = new ArrayList<>(UapiTable.lines());
    expected.removeIf(line -> isNewerThan(said, line));
    assertThat(said).isEqualTo(expected);
  }

  /**
   * The only constants that may be missing; they come from headers that need not be the kernel's
   * newest.
   */
  private static boolean isNewerThan(List<String> said, String line) {
    String name = line.split(" ", 2)[0];
    return UapiTable.NEWER_THAN_SOME_HEADERS.contains(name)
        && said.stream().noneMatch(other -> other.startsWith(name + " "));
  }

  private static Optional<Path> headers() throws IOException {
    String given = System.getenv("HOLDFAST_KERNEL");
    String cache = System.getenv("XDG_CACHE_HOME");
    Path kernel =
        given != null && !given.isEmpty()
            ? Path.of(given)
            : (cache != null && !cache.isEmpty()
                    ? Path.of(cache)
                    : Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("holdfast/kernel");
    Path headers = kernel.resolve("uapi");
    Path iommufd = headers.resolve("linux/iommufd.h");
    // Headers of an older kernel lack what the library is about; they are no reason to call the
    // layouts wrong.
    return Files.exists(iommufd)
            && Files.exists(headers.resolve("linux/liveupdate.h"))
            && Files.readString(iommufd).contains("IOMMU_IOAS_NOIOMMU_GET_PA")
        ? Optional.of(headers)
        : Optional.empty();
  }

  private static boolean onPath(String program) {
    for (String directory : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C"); // strerror's words
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
