package io.holdfast.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.FileRemoved;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.IoasRemoved;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.journal.JournalRecord.SealCancelled;
import io.holdfast.journal.JournalRecord.Sealed;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Sink;
import io.holdfast.serializer.Source;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of record comes back as it was, and bytes that are no record are refused. */
class RecordCodecTest {
  private static final long SEED = Long.getLong("holdfast.seed", 20261122);

  static List<JournalRecord> records() {
    byte[] sha256 = new byte[32];
    Arrays.fill(sha256, (byte) 0xa5);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("null", null);
    fields.put("größe", 1L << 40);
    fields.put("flag", true);
    fields.put("ratio", 0.25);
    fields.put("text", "日本語 𝄞");
    fields.put("list", List.of(false, "x", List.of(-1L)));
    fields.put("map", Map.of("huge", BigInteger.TWO.pow(90)));
    Extensions extensions = new Extensions(fields);
    HostIdentity host =
        new HostIdentity(Fixtures.HOST.machineId(), "7.3.0-ärger", "x86_64", 65536, extensions);
    return List.of(
        Fixtures.opened(),
        new SessionOpened(
            "nic0", Fixtures.JOURNAL, 7, host, List.of(Fixtures.BOOT, new UUID(1, 2)), extensions),
        new FileAdded(new BackingFile(1, "pool-1", 1L << 40, BackingFile.Origin.POOL)),
        new FileAdded(
            new BackingFile(
                300,
                "x".repeat(200),
                12288,
                BackingFile.Origin.CALLER,
                OptionalLong.of(0xffff_ffffL),
                extensions)),
        new FileRemoved(Long.MAX_VALUE),
        new IoasAdded("rings"),
        new IoasAdded("übrige", extensions),
        new IoasRemoved("rings"),
        Fixtures.mapping(5),
        Fixtures.mapping("fragmented", 1, Fixtures.fragmented(1000)),
        new MappingAdded(
            "rings",
            new MappingState(
                "top",
                new IovaRange(-4096, 4096),
                true,
                false,
                new MappingState.Anonymous(true),
                Policy.OPTIONAL,
                ExtentList.EMPTY,
                OptionalInt.of(1023),
                extensions)),
        new MappingAdded(
            "rings",
            new MappingState(
                "write-only",
                new IovaRange(0, 4096),
                false,
                true,
                new MappingState.Anonymous(false),
                Policy.REQUIRED,
                ExtentList.EMPTY)),
        new MappingRemoved("rings", "top"),
        new DeviceBound(
            new DeviceState(Fixtures.ADDRESS, Fixtures.IDENTITY, "rings", Policy.REQUIRED)),
        new DeviceBound(
            new DeviceState(
                PciAddress.parse("ffff:ff:1f.7"),
                new PciIdentity(0xffff, 0xffff, 0xffff, 0xffff, 0xffffff, 0xff, Optional.empty()),
                "rings",
                Policy.OPTIONAL,
                OptionalLong.of(9),
                true,
                true,
                extensions)),
        new DeviceUnbound(PciAddress.parse("0001:02:03.4")),
        new Sealed(Instant.parse("2026-03-01T12:00:00.999999999Z"), sha256),
        new SealCancelled(),
        new Restored(3, Fixtures.BOOT));
  }

  private static List<JournalRecord> readAll(Source source) {
    return RecordCodec.readAll(Frame.VERSION, source, Limits.of(1 << 20));
  }

  private static Sink write(JournalRecord record) {
    Sink sink = new Sink();
    RecordCodec.write(sink, record);
    return sink;
  }

  @ParameterizedTest
  @MethodSource("records")
  void comesBackAsItWas(JournalRecord record) {
    Sink sink = write(record);
    assertThat(readAll(new Source(sink.bytes(), 0, sink.size()))).containsExactly(record);
  }

  @ParameterizedTest
  @MethodSource("records")
  void cutShortIsRefused(JournalRecord record) {
    Sink sink = write(record);
    for (int length = 1; length < Math.min(sink.size(), 500); length++) {
      Source source = new Source(sink.bytes(), 0, length);
      assertThatThrownBy(() -> readAll(source)).isInstanceOf(MalformedException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("records")
  void alteredIsReadAsSomethingOrRefusedButNothingElse(JournalRecord record) {
    Random random = new Random(SEED);
    Sink sink = write(record);
    for (int round = 0; round < 300; round++) {
      byte[] bytes = Arrays.copyOf(sink.bytes(), sink.size());
      for (int i = 0; i <= random.nextInt(4); i++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(readAll(new Source(bytes, 0, bytes.length))).isNotEmpty();
      } catch (MalformedException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }

  @Test
  void everyKindIsTried() {
    assertThat(records().stream().map(Object::getClass).distinct())
        .hasSize(JournalRecord.class.getPermittedSubclasses().length);
  }

  @Test
  void textThatUtf8CannotCarryIsRefusedRatherThanChanged() {
    assertThatThrownBy(() -> new Sink().text("half \ud800"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("surrogate");
  }

  @Test
  void numbersOfEveryLengthComeBack() {
    Sink sink = new Sink();
    for (int shift = 0; shift < 64; shift++) {
      sink.varint((1L << shift) - 1);
      sink.varint(1L << shift);
    }
    sink.varint(-1);
    Source source = new Source(sink.bytes(), 0, sink.size());
    for (int shift = 0; shift < 64; shift++) {
      assertThat(source.varint()).isEqualTo((1L << shift) - 1);
      assertThat(source.varint()).isEqualTo(1L << shift);
    }
    assertThat(source.varint()).isEqualTo(-1);
    assertThat(source.isAtEnd()).isTrue();
  }
}
