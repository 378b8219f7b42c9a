package io.holdfast.cli;

import io.holdfast.journal.JournalRecord;
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
import io.holdfast.model.MappingState;
import java.util.HexFormat;
import java.util.Map;

/** What a journal's record says: a line for people, and fields for programs. */
final class RecordWords {
  private RecordWords() {}

  static String of(JournalRecord record) {
    return switch (record) {
      case SessionOpened opened -> "session \"%s\" begins".formatted(opened.name());
      case FileAdded added ->
          "file %s \"%s\" has %s"
              .formatted(
                  Long.toUnsignedString(added.file().token()),
                  added.file().name(),
                  Words.bytes(added.file().sizeBytes()));
      case FileRemoved removed ->
          "file %s is given up".formatted(Long.toUnsignedString(removed.token()));
      case IoasAdded added -> "ioas \"%s\" is made".formatted(added.name());
      case IoasRemoved removed -> "ioas \"%s\" is destroyed".formatted(removed.name());
      case MappingAdded added -> mapping(added.ioas(), added.mapping());
      case MappingRemoved removed -> "%s/%s is unmapped".formatted(removed.ioas(), removed.name());
      case DeviceBound bound ->
          "device %s is bound to ioas \"%s\""
              .formatted(bound.device().address(), bound.device().ioas());
      case DeviceUnbound unbound -> "device %s is given back".formatted(unbound.address());
      case Sealed sealed -> "sealed at %s".formatted(sealed.at());
      case SealCancelled cancelled -> "the seal is taken back";
      case Restored restored ->
          "restored: generation %d, boot %s".formatted(restored.generation(), restored.bootId());
    };
  }

  private static String mapping(String ioas, MappingState mapping) {
    String where =
        mapping.extents().size() == 0
            ? ""
            : " from " + Words.hex(mapping.extents().physicalAddress(0));
    return "%s/%s is mapped at %s: %s in %s%s"
        .formatted(
            ioas,
            mapping.name(),
            Words.hex(mapping.iova().start()),
            Words.bytes(mapping.iova().lengthBytes()),
            Words.count(mapping.extents().size(), "physical extent"),
            where);
  }

  static Map<String, Object> fields(JournalRecord record) {
    return switch (record) {
      case SessionOpened opened -> Map.of("record", "session-opened", "session", opened.name());
      case FileAdded added ->
          Map.of(
              "record", "file-added",
              "token", added.file().token(),
              "name", added.file().name(),
              "bytes", added.file().sizeBytes());
      case FileRemoved removed -> Map.of("record", "file-removed", "token", removed.token());
      case IoasAdded added -> Map.of("record", "ioas-added", "ioas", added.name());
      case IoasRemoved removed -> Map.of("record", "ioas-removed", "ioas", removed.name());
      case MappingAdded added ->
          Map.of(
              "record", "mapping-added",
              "ioas", added.ioas(),
              "name", added.mapping().name(),
              "iova", added.mapping().iova().start(),
              "bytes", added.mapping().iova().lengthBytes(),
              "extents", added.mapping().extents().size());
      case MappingRemoved removed ->
          Map.of("record", "mapping-removed", "ioas", removed.ioas(), "name", removed.name());
      case DeviceBound bound ->
          Map.of(
              "record", "device-bound",
              "device", bound.device().address().toString(),
              "ioas", bound.device().ioas());
      case DeviceUnbound unbound ->
          Map.of("record", "device-unbound", "device", unbound.address().toString());
      case Sealed sealed ->
          Map.of(
              "record", "sealed",
              "at", sealed.at(),
              "manifestSha256", HexFormat.of().formatHex(sealed.manifestSha256()));
      case SealCancelled cancelled -> Map.of("record", "seal-cancelled");
      case Restored restored ->
          Map.of(
              "record", "restored",
              "generation", restored.generation(),
              "bootId", restored.bootId());
    };
  }
}
