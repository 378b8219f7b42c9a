package io.holdfast.serializer;

import io.holdfast.model.HostIdentity;
import java.io.IOException;

/** {@link HostIdentity} as a record. */
final class HostCodec {
  private static final int MACHINE_ID = 0;
  private static final int KERNEL_RELEASE = 1;
  private static final int ARCHITECTURE = 2;
  private static final int PAGE_SIZE = 3;
  private static final Schema SCHEMA =
      new Schema("m", "machineId", "k", "kernelRelease", "a", "architecture", "p", "pageSizeBytes");

  private HostCodec() {}

  static void write(RecordWriter out, HostIdentity host) throws IOException {
    out.begin();
    out.text(SCHEMA, MACHINE_ID, host.machineId());
    out.text(SCHEMA, KERNEL_RELEASE, host.kernelRelease());
    out.text(SCHEMA, ARCHITECTURE, host.architecture());
    out.number(SCHEMA, PAGE_SIZE, host.pageSizeBytes());
    out.end(SCHEMA, host.extensions());
  }

  static HostIdentity read(RecordReader in) throws IOException {
    String machineId = null;
    String kernelRelease = null;
    String architecture = null;
    int pageSizeBytes = 0;
    RecordFields fields = new RecordFields(in, SCHEMA);
    while (fields.next()) {
      switch (fields.field()) {
        case MACHINE_ID -> machineId = in.text();
        case KERNEL_RELEASE -> kernelRelease = in.text();
        case ARCHITECTURE -> architecture = in.text();
        default -> pageSizeBytes = in.smallNumber();
      }
    }
    fields.require(MACHINE_ID, KERNEL_RELEASE, ARCHITECTURE, PAGE_SIZE);
    HostIdentity host =
        new HostIdentity(
            machineId, kernelRelease, architecture, pageSizeBytes, fields.extensions());
    fields.end();
    return host;
  }
}
