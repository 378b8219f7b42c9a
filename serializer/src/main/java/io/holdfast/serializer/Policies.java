package io.holdfast.serializer;

import io.holdfast.model.Policy;
import java.io.IOException;

/** {@link Policy} as a field; {@link Policy#REQUIRED} is what a record without the field has. */
final class Policies {
  /** By position; the positions are part of the format. */
  private static final Policy[] POLICIES = {Policy.REQUIRED, Policy.OPTIONAL};

  private static final String[] WORDS = {"required", "optional"};

  private Policies() {}

  static void write(RecordWriter out, Schema schema, int field, Policy policy) throws IOException {
    if (policy != Policy.REQUIRED || out.isJson()) {
      out.choice(schema, field, WORDS, policy == Policy.REQUIRED ? 0 : 1);
    }
  }

  static Policy read(RecordReader in) throws IOException {
    return POLICIES[in.choice(WORDS)];
  }
}
