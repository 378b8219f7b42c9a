package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.fragmented;
import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Disk;
import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.journal.JournalRecord.Sealed;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Journals that a Holdfast of an older format has written: read, and carried into this format. */
class OlderFormatTest {
  @TempDir private Path temporary;

  /**
   * The resources were written by the code of their time, with the records of {@link #expected}.
   */
  private Path unpack(int format) throws IOException {
    Path folder = temporary.resolve("nic0");
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path file = folder.resolve("journal");
    try (InputStream packed =
        OlderFormatTest.class.getResourceAsStream("format-" + format + ".journal.gz")) {
      Files.write(file, new GZIPInputStream(packed).readAllBytes());
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static JournalFold expected(int format) {
    JournalFold fold = new JournalFold(header());
    setUp().forEach(fold::apply);
    for (int i = 0; i < 5; i++) {
      fold.apply(mapping(i));
    }
    fold.apply(mapping("fragmented", 100, fragmented(format == 1 ? 20_000 : 2_000)));
    fold.apply(new MappingRemoved("rings", "buffer-3"));
    if (format > 1) {
      everyField().forEach(fold::apply);
    }
    fold.apply(new Sealed(Instant.parse("2026-03-01T12:00:00Z"), new byte[32]));
    return fold;
  }

  /** Records in which every field has a value that is not as usual. */
  static List<JournalRecord> everyField() {
    PciAddress other = PciAddress.parse("12ab:fe:1f.7");
    PciIdentity identity = new PciIdentity(0xffff, 1, 2, 3, 0x123456, 0xff, Optional.empty());
    return List.of(
        new Restored(3, UUID.fromString("9f6f2c1e-0f0a-4f6e-8a57-6f3f2a1b7c11")),
        new FileAdded(
            new BackingFile(
                7,
                "f\u00fcr dich",
                1L << 40,
                BackingFile.Origin.CALLER,
                OptionalLong.of(0xffffffffL),
                unknown())),
        new IoasAdded("plain", unknown()),
        new DeviceBound(
            new DeviceState(
                other,
                identity,
                "plain",
                Policy.OPTIONAL,
                OptionalLong.of(99),
                false,
                false,
                unknown())),
        new DeviceBound(
            new DeviceState(PciAddress.parse("0001:02:03.4"), identity, "plain", Policy.REQUIRED)),
        new DeviceUnbound(PciAddress.parse("0001:02:03.4")),
        new MappingAdded(
            "plain",
            new MappingState(
                "anonymous",
                new IovaRange(0xffff_ffff_ffff_0000L, 4096),
                true,
                false,
                new MappingState.Anonymous(true),
                Policy.OPTIONAL,
                ExtentList.EMPTY,
                unknown())),
        new MappingAdded(
            "plain",
            new MappingState(
                "write only",
                new IovaRange(0, 8192),
                false,
                true,
                new MappingState.File(7, 4096),
                Policy.REQUIRED,
                fragmented(2))));
  }

  private static Extensions unknown() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("null", null);
    fields.put("list", Arrays.asList(true, false, -5L, 2.5, "text", new byte[] {1, -1}));
    fields.put("map", Map.of("large", BigInteger.ONE.shiftLeft(200), "deep", Map.of("x", 1L)));
    return new Extensions(fields);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void itIsReadAsItWasWritten(int format) throws IOException {
    JournalContents contents = JournalReader.read(unpack(format));
    assertThat(contents.damage()).isEmpty();
    assertThat(contents.isOlderFormat()).isTrue();
    assertThat(contents.format()).isEqualTo(format);
    assertThat(contents.state()).isEqualTo(expected(format).state());
    assertThat(contents.seal()).isEqualTo(expected(format).seal());
    assertThat(contents.header().pid()).isEqualTo(4711);
    assertThat(contents.header().command())
        .isEqualTo(format == 1 ? Optional.empty() : Optional.of("driver"));
    assertThat(contents.header().begunAt())
        .isEqualTo(
            format == 1 ? Optional.empty() : Optional.of(Instant.parse("2026-02-01T10:00:00Z")));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void goingOnWithItCarriesItIntoThePresentFormatAndKeepsTheOld(int format) throws IOException {
    Path file = unpack(format);
    byte[] old = Files.readAllBytes(file);
    try (Journal journal = Fixtures.goOn(file)) {
      journal.append(mapping(7));
    }
    JournalFold expected = expected(format);
    expected.apply(mapping(7));
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.format()).isEqualTo(Frame.VERSION);
    assertThat(contents.isOlderFormat()).isFalse();
    assertThat(contents.damage()).isEmpty();
    assertThat(contents.state()).isEqualTo(expected.state());
    assertThat(contents.header()).isEqualTo(header());
    Path kept = kept(file, format);
    assertThat(Files.readAllBytes(kept)).isEqualTo(old);
    assertThat(JournalReader.read(kept).state()).isEqualTo(expected(format).state());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void startingOverInItsPlaceKeepsItToo(int format) throws IOException {
    Path file = unpack(format);
    byte[] old = Files.readAllBytes(file);
    Journal.startOver(file, header()).close();
    assertThat(JournalReader.read(file).state()).isEqualTo(new JournalFold(header()).state());
    assertThat(Files.readAllBytes(kept(file, format))).isEqualTo(old);
  }

  private static Path kept(Path file, int format) throws IOException {
    List<Path> kept =
        Disk.local().list(file.getParent()).stream()
            .filter(path -> path.getFileName().toString().startsWith("journal.format-" + format))
            .toList();
    assertThat(kept).hasSize(1);
    return kept.getFirst();
  }
}
