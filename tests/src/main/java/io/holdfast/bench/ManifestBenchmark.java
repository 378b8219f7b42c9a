package io.holdfast.bench;

import io.holdfast.model.BackingFile;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * How large manifests are and how long it takes to write and read them: warm, and in a JVM that has
 * just been started, as after a live update.
 */
public final class ManifestBenchmark {
  private static final int EXTENTS = 1_000_000;
  private static final int MAPPINGS = 10_000;
  private static final long PAGE_BYTES = 4096;
  private static final int WARM_ROUNDS = 21;
  private static final int COLD_ROUNDS = 9;

  private ManifestBenchmark() {}

  /**
   * Without arguments the whole benchmark; with a file, reads that manifest once and prints the
   * nanoseconds.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 1) {
      byte[] envelope = Files.readAllBytes(Path.of(args[0]));
      long start = System.nanoTime();
      SessionState session = Manifest.decode(envelope);
      long nanos = System.nanoTime() - start;
      System.out.println(session.ioases().isEmpty() ? -1 : nanos);
      return;
    }
    for (long gibibytes : new long[] {64, 256, 4096}) {
      SessionState random = randomPages(gibibytes << 30);
      int extents = random.ioases().getFirst().mappings().getFirst().extents().size();
      byte[] envelope = Manifest.encode(random);
      System.out.printf(
          "%,d random extents of one page within %d GiB: %,d bytes, %.3f bytes an extent (aim 5)%n",
          extents, gibibytes, envelope.length, (double) envelope.length / extents);
      if (gibibytes == 64) {
        times(random, envelope);
      }
    }
    SessionState contiguous = contiguousMappings();
    byte[] envelope = Manifest.encode(contiguous);
    System.out.printf(
        "%,d contiguous mappings: %,d bytes, %.1f bytes a mapping (aim 64)%n",
        MAPPINGS, envelope.length, (double) envelope.length / MAPPINGS);
    times(contiguous, envelope);
  }

  private static void times(SessionState session, byte[] envelope)
      throws IOException, InterruptedException {
    System.out.printf(
        "  warm, median of %d: encode %.1f ms, decode %.1f ms%n",
        WARM_ROUNDS,
        medianMillis(() -> Manifest.encode(session)),
        medianMillis(() -> Manifest.decode(envelope)));
    System.out.printf(
        "  first decode of a new JVM, median of %d: %.1f ms%n", COLD_ROUNDS, coldMillis(envelope));
  }

  private static double medianMillis(Supplier<?> work) {
    long[] nanos = new long[WARM_ROUNDS];
    for (int round = -WARM_ROUNDS; round < WARM_ROUNDS; round++) {
      long start = System.nanoTime();
      if (work.get() == null) {
        throw new AssertionError("nothing came of it");
      }
      nanos[Math.max(round, 0)] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    return nanos[WARM_ROUNDS / 2] / 1e6;
  }

  private static double coldMillis(byte[] envelope) throws IOException, InterruptedException {
    Path file = Files.createTempFile("manifest", ".bin");
    try {
      Files.write(file, envelope);
      long[] nanos = new long[COLD_ROUNDS];
      for (int round = 0; round < COLD_ROUNDS; round++) {
        Process process =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    ManifestBenchmark.class.getName(),
                    file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        if (process.waitFor() != 0) {
          throw new IllegalStateException(
              "the new JVM ended with exit code " + process.exitValue());
        }
        nanos[round] = Long.parseLong(output.trim());
      }
      Arrays.sort(nanos);
      return nanos[COLD_ROUNDS / 2] / 1e6;
    } finally {
      Files.delete(file);
    }
  }

  /** One mapping of a million pages that lie anywhere in the machine's memory. */
  private static SessionState randomPages(long memoryBytes) {
    RandomGenerator random = new Random(1);
    ExtentList.Builder extents = ExtentList.builder(EXTENTS);
    for (int i = 0; i < EXTENTS; i++) {
      extents.add(random.nextLong(memoryBytes / PAGE_BYTES) * PAGE_BYTES, PAGE_BYTES);
    }
    return session(
        EXTENTS * PAGE_BYTES,
        List.of(mapping("pages", 1L << 32, EXTENTS * PAGE_BYTES, 0, extents.build())));
  }

  /** Ten thousand mappings of 64 KiB, each contiguous, at IOVAs that need 64 bits. */
  private static SessionState contiguousMappings() {
    RandomGenerator random = new Random(2);
    List<MappingState> mappings = new ArrayList<>(MAPPINGS);
    long lengthBytes = 16 * PAGE_BYTES;
    for (int i = 0; i < MAPPINGS; i++) {
      ExtentList extent =
          ExtentList.builder(1).add(random.nextLong(1L << 24) * PAGE_BYTES, lengthBytes).build();
      mappings.add(
          mapping(
              "rx-buffer-" + i,
              (1L << 32) + i * lengthBytes,
              lengthBytes,
              i * lengthBytes,
              extent));
    }
    return session(MAPPINGS * lengthBytes, mappings);
  }

  private static MappingState mapping(
      String name, long iova, long lengthBytes, long offsetBytes, ExtentList extents) {
    return new MappingState(
        name,
        new IovaRange(iova, lengthBytes),
        true,
        true,
        new MappingState.File(1, offsetBytes),
        Policy.REQUIRED,
        extents);
  }

  private static SessionState session(long fileBytes, List<MappingState> mappings) {
    return new SessionState(
        "benchmark",
        new UUID(1, 1),
        0,
        new HostIdentity("benchmark", "7.3.0", "x86_64", (int) PAGE_BYTES),
        List.of(new UUID(2, 2)),
        Optional.of(Instant.EPOCH),
        OptionalLong.empty(),
        Optional.empty(),
        List.of(new BackingFile(1, "pool-0", fileBytes, BackingFile.Origin.POOL)),
        List.of(new IoasState("rings", mappings)),
        List.of(),
        Extensions.NONE);
  }
}
