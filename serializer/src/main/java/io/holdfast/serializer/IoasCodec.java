package io.holdfast.serializer;

import io.holdfast.model.IoasState;
import io.holdfast.model.IovaWindow;
import io.holdfast.model.MappingState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@link IoasState} as a record. */
final class IoasCodec {
  private static final int NAME = 0;
  private static final int MAPPINGS = 1;
  private static final int ALLOWED = 2;
  private static final Schema SCHEMA =
      new Schema("n", "name", "m", "mappings", "w", "allowedIovas");

  private IoasCodec() {}

  static void write(RecordWriter out, IoasState ioas) throws IOException {
    out.begin();
    out.text(SCHEMA, NAME, ioas.name());
    out.beginArray(SCHEMA, MAPPINGS, ioas.mappings().size());
    for (MappingState mapping : ioas.mappings()) {
      MappingCodec.write(out, mapping);
    }
    out.endArray();
    if (!ioas.allowedIovas().isEmpty()) {
      out.beginArray(SCHEMA, ALLOWED, ioas.allowedIovas().size());
      for (IovaWindow window : ioas.allowedIovas()) {
        IovaWindowCodec.write(out, window);
      }
      out.endArray();
    }
    out.end(SCHEMA, ioas.extensions());
  }

  static IoasState read(RecordReader in) throws IOException {
    String name = null;
    List<IovaWindow> allowed = new ArrayList<>();
    List<MappingState> mappings = new ArrayList<>();
    RecordFields fields = new RecordFields(in, SCHEMA);
    while (fields.next()) {
      if (fields.field() == NAME) {
        name = in.text();
      } else {
        in.beginArray();
        while (in.nextElement()) {
          if (fields.field() == MAPPINGS) {
            mappings.add(MappingCodec.read(in));
          } else {
            allowed.add(IovaWindowCodec.read(in));
          }
        }
      }
    }
    fields.require(NAME, MAPPINGS);
    IoasState ioas = new IoasState(name, allowed, mappings, fields.extensions());
    fields.end();
    return ioas;
  }
}
