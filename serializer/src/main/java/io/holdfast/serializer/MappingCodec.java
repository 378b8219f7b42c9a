package io.holdfast.serializer;

import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.MappingState.Anonymous;
import io.holdfast.model.MappingState.Backing;
import io.holdfast.model.MappingState.File;
import io.holdfast.model.Policy;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * {@link MappingState} as a record.
 *
 * <p>There can be very many of them, so in CBOR whatever is as usual is left out: offset 0,
 * readable and writeable, required, no extents. A mapping has either a file or says whether it is
 * transient.
 */
final class MappingCodec {
  private static final int NAME = 0;
  private static final int IOVA = 1;
  private static final int LENGTH = 2;
  private static final int ACCESS = 3;
  private static final int FILE = 4;
  private static final int OFFSET = 5;
  private static final int TRANSIENT = 6;
  private static final int POLICY = 7;
  private static final int EXTENTS = 8;
  private static final int NUMA_NODE = 9;
  private static final Schema SCHEMA =
      new Schema(
          "n",
          "name",
          "i",
          "iova",
          "l",
          "lengthBytes",
          "a",
          "access",
          "f",
          "file",
          "o",
          "offsetBytes",
          "t",
          "transient",
          "p",
          "policy",
          "e",
          "extents",
          "u",
          "numaNode");

  private static final int READ_WRITE = 0;
  private static final int READ_ONLY = 1;
  private static final int WRITE_ONLY = 2;

  /** What the device may do, by position; the positions are part of the format. */
  private static final String[] ACCESS_WORDS = {"read-write", "read", "write"};

  private MappingCodec() {}

  static void write(RecordWriter out, MappingState mapping) throws IOException {
    out.begin();
    out.text(SCHEMA, NAME, mapping.name());
    out.address(SCHEMA, IOVA, mapping.iova().start());
    out.number(SCHEMA, LENGTH, mapping.iova().lengthBytes());
    int access = !mapping.writeable() ? READ_ONLY : mapping.readable() ? READ_WRITE : WRITE_ONLY;
    if (access != READ_WRITE || out.isJson()) {
      out.choice(SCHEMA, ACCESS, ACCESS_WORDS, access);
    }
    if (mapping.backing() instanceof File file) {
      out.number(SCHEMA, FILE, file.token());
      if (file.offsetBytes() != 0 || out.isJson()) {
        out.number(SCHEMA, OFFSET, file.offsetBytes());
      }
    } else if (mapping.backing() instanceof Anonymous anonymous) {
      out.flag(SCHEMA, TRANSIENT, anonymous.declaredTransient());
    }
    Policies.write(out, SCHEMA, POLICY, mapping.policy());
    if (mapping.extents().size() > 0) {
      out.extents(SCHEMA, EXTENTS, mapping.extents());
    }
    if (mapping.numaNode().isPresent()) {
      out.number(SCHEMA, NUMA_NODE, mapping.numaNode().getAsInt());
    }
    out.end(SCHEMA, mapping.extensions());
  }

  static MappingState read(RecordReader in) throws IOException {
    String name = null;
    long iova = 0;
    long lengthBytes = 0;
    int access = READ_WRITE;
    long token = 0;
    long offsetBytes = 0;
    boolean declaredTransient = false;
    Policy policy = Policy.REQUIRED;
    ExtentList extents = ExtentList.EMPTY;
    OptionalInt numaNode = OptionalInt.empty();
    RecordFields fields = new RecordFields(in, SCHEMA);
    while (fields.next()) {
      switch (fields.field()) {
        case NAME -> name = in.text();
        case IOVA -> iova = in.address();
        case LENGTH -> lengthBytes = in.number();
        case ACCESS -> access = in.choice(ACCESS_WORDS);
        case FILE -> token = in.number();
        case OFFSET -> offsetBytes = in.number();
        case TRANSIENT -> declaredTransient = in.flag();
        case POLICY -> policy = Policies.read(in);
        case EXTENTS -> extents = in.extents();
        default -> numaNode = OptionalInt.of(node(in));
      }
    }
    fields.require(NAME, IOVA, LENGTH);
    if (fields.has(FILE) == fields.has(TRANSIENT) || (fields.has(OFFSET) && !fields.has(FILE))) {
      throw in.corrupt(
          "a mapping has either a file, and perhaps an offset in it, or says whether it is"
              + " transient");
    }
    Backing backing =
        fields.has(FILE) ? new File(token, offsetBytes) : new Anonymous(declaredTransient);
    MappingState mapping =
        new MappingState(
            name,
            new IovaRange(iova, lengthBytes),
            access != WRITE_ONLY,
            access != READ_ONLY,
            backing,
            policy,
            extents,
            numaNode,
            fields.extensions());
    fields.end();
    return mapping;
  }

  private static int node(RecordReader in) throws IOException {
    long node = in.number();
    if (node > Integer.MAX_VALUE) {
      throw in.corrupt("there is no NUMA node " + node);
    }
    return (int) node;
  }
}
