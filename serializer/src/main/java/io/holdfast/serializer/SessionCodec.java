package io.holdfast.serializer;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * {@link SessionState} as a record: the body of a manifest, and, without what is in it, the first
 * record of a journal.
 */
final class SessionCodec {
  private static final int NAME = 0;
  private static final int JOURNAL = 1;
  private static final int GENERATION = 2;
  private static final int HOST = 3;
  private static final int BOOT_CHAIN = 4;
  private static final int SEALED_AT = 5;
  private static final int IOMMUFD_TOKEN = 6;
  private static final int FILES = 7;
  private static final int IOASES = 8;
  private static final int DEVICES = 9;
  private static final int LIVE_UPDATE_SESSION = 10;
  private static final Schema SCHEMA =
      new Schema(
          "n",
          "name",
          "j",
          "journal",
          "g",
          "generation",
          "h",
          "host",
          "b",
          "bootChain",
          "s",
          "sealedAt",
          "t",
          "iommufdToken",
          "f",
          "files",
          "i",
          "ioases",
          "d",
          "devices",
          "l",
          "liveUpdateSession");

  private SessionCodec() {}

  static void write(RecordWriter out, SessionState session) throws IOException {
    out.begin();
    out.text(SCHEMA, NAME, session.name());
    out.uuid(SCHEMA, JOURNAL, session.journal());
    out.number(SCHEMA, GENERATION, session.generation());
    out.field(SCHEMA, HOST);
    HostCodec.write(out, session.host());
    out.beginArray(SCHEMA, BOOT_CHAIN, session.bootChain().size());
    for (UUID boot : session.bootChain()) {
      out.uuid(boot);
    }
    out.endArray();
    if (session.sealedAt().isPresent()) {
      out.instant(SCHEMA, SEALED_AT, session.sealedAt().get());
    }
    if (session.iommufdToken().isPresent()) {
      out.number(SCHEMA, IOMMUFD_TOKEN, session.iommufdToken().getAsLong());
    }
    if (session.liveUpdateSession().isPresent()) {
      out.text(SCHEMA, LIVE_UPDATE_SESSION, session.liveUpdateSession().get());
    }
    out.beginArray(SCHEMA, FILES, session.files().size());
    for (BackingFile file : session.files()) {
      FileCodec.write(out, file);
    }
    out.endArray();
    out.beginArray(SCHEMA, IOASES, session.ioases().size());
    for (IoasState ioas : session.ioases()) {
      IoasCodec.write(out, ioas);
    }
    out.endArray();
    out.beginArray(SCHEMA, DEVICES, session.devices().size());
    for (DeviceState device : session.devices()) {
      DeviceCodec.write(out, device);
    }
    out.endArray();
    out.end(SCHEMA, session.extensions());
  }

  static SessionState read(RecordReader in) throws IOException {
    String name = null;
    UUID journal = null;
    long generation = 0;
    HostIdentity host = null;
    List<UUID> bootChain = new ArrayList<>();
    Optional<Instant> sealedAt = Optional.empty();
    OptionalLong iommufdToken = OptionalLong.empty();
    Optional<String> liveUpdateSession = Optional.empty();
    List<BackingFile> files = new ArrayList<>();
    List<IoasState> ioases = new ArrayList<>();
    List<DeviceState> devices = new ArrayList<>();
    RecordFields fields = new RecordFields(in, SCHEMA);
    while (fields.next()) {
      switch (fields.field()) {
        case NAME -> name = in.text();
        case JOURNAL -> journal = in.uuid();
        case GENERATION -> generation = in.number();
        case HOST -> host = HostCodec.read(in);
        case SEALED_AT -> sealedAt = Optional.of(in.instant());
        case IOMMUFD_TOKEN -> iommufdToken = OptionalLong.of(in.number());
        case LIVE_UPDATE_SESSION -> liveUpdateSession = Optional.of(in.text());
        default -> {
          in.beginArray();
          while (in.nextElement()) {
            switch (fields.field()) {
              case BOOT_CHAIN -> {
                in.countObject();
                bootChain.add(in.uuid());
              }
              case FILES -> files.add(FileCodec.read(in));
              case IOASES -> ioases.add(IoasCodec.read(in));
              default -> devices.add(DeviceCodec.read(in));
            }
          }
        }
      }
    }
    fields.require(NAME, JOURNAL, GENERATION, HOST, BOOT_CHAIN, FILES, IOASES, DEVICES);
    SessionState session =
        new SessionState(
            name,
            journal,
            generation,
            host,
            bootChain,
            sealedAt,
            iommufdToken,
            liveUpdateSession,
            files,
            ioases,
            devices,
            fields.extensions());
    fields.end();
    return session;
  }
}
