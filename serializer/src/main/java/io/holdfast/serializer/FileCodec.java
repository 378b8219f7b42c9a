package io.holdfast.serializer;

import io.holdfast.model.BackingFile;
import io.holdfast.model.BackingFile.Origin;
import java.io.IOException;
import java.util.OptionalLong;

/** {@link BackingFile} as a record. */
final class FileCodec {
  private static final int TOKEN = 0;
  private static final int NAME = 1;
  private static final int SIZE = 2;
  private static final int ORIGIN = 3;
  private static final int CRC32C = 4;
  private static final Schema SCHEMA =
      new Schema("t", "token", "n", "name", "s", "sizeBytes", "o", "origin", "c", "crc32c");

  /** By position; the positions are part of the format. */
  private static final Origin[] ORIGINS = {Origin.POOL, Origin.CALLER};

  private static final String[] ORIGIN_WORDS = {"pool", "caller"};

  private FileCodec() {}

  static void write(RecordWriter out, BackingFile file) throws IOException {
    out.begin();
    out.number(SCHEMA, TOKEN, file.token());
    out.text(SCHEMA, NAME, file.name());
    out.number(SCHEMA, SIZE, file.sizeBytes());
    out.choice(SCHEMA, ORIGIN, ORIGIN_WORDS, file.origin() == Origin.POOL ? 0 : 1);
    if (file.crc32c().isPresent()) {
      out.address(SCHEMA, CRC32C, file.crc32c().getAsLong());
    }
    out.end(SCHEMA, file.extensions());
  }

  static BackingFile read(RecordReader in) throws IOException {
    long token = 0;
    String name = null;
    long sizeBytes = 0;
    Origin origin = null;
    OptionalLong crc32c = OptionalLong.empty();
    RecordFields fields = new RecordFields(in, SCHEMA);
    while (fields.next()) {
      switch (fields.field()) {
        case TOKEN -> token = in.number();
        case NAME -> name = in.text();
        case SIZE -> sizeBytes = in.number();
        case ORIGIN -> origin = ORIGINS[in.choice(ORIGIN_WORDS)];
        default -> crc32c = OptionalLong.of(in.address());
      }
    }
    fields.require(TOKEN, NAME, SIZE, ORIGIN);
    BackingFile file = new BackingFile(token, name, sizeBytes, origin, crc32c, fields.extensions());
    fields.end();
    return file;
  }
}
