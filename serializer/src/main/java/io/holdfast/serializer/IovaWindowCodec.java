package io.holdfast.serializer;

import io.holdfast.model.IovaWindow;
import java.io.IOException;

/** {@link IovaWindow} as a record. */
final class IovaWindowCodec {
  private static final int FIRST = 0;
  private static final int LAST = 1;
  private static final Schema SCHEMA = new Schema("f", "first", "l", "last");

  private IovaWindowCodec() {}

  static void write(RecordWriter out, IovaWindow window) throws IOException {
    out.begin();
    out.address(SCHEMA, FIRST, window.first());
    out.address(SCHEMA, LAST, window.last());
    out.end(SCHEMA, window.extensions());
  }

  static IovaWindow read(RecordReader in) throws IOException {
    long first = 0;
    long last = 0;
    RecordFields fields = new RecordFields(in, SCHEMA);
    while (fields.next()) {
      if (fields.field() == FIRST) {
        first = in.address();
      } else {
        last = in.address();
      }
    }
    fields.require(FIRST, LAST);
    IovaWindow window = new IovaWindow(first, last, fields.extensions());
    fields.end();
    return window;
  }
}
