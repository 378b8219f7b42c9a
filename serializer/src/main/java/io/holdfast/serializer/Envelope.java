package io.holdfast.serializer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * What is around the body of a manifest; drawn at {@link Manifest}. Stateless and thread-safe.
 *
 * <p>The envelope is the same in every version, so that any version can tell a damaged manifest
 * from a newer one.
 */
final class Envelope {
  static final int MAJOR = 1;
  static final int MINOR = 0;
  static final int HEADER_BYTES = 24;
  static final int DIGEST_BYTES = 32;
  static final int MIN_BYTES = HEADER_BYTES + DIGEST_BYTES;

  /** Not a letter first, and both line endings: a transfer that takes it for text is noticed. */
  private static final byte[] MAGIC = {(byte) 0x89, 'H', 'F', 'M', '\r', '\n', 0x1a, '\n'};

  private static final int MAJOR_OFFSET = 8;
  private static final int MINOR_OFFSET = 10;
  private static final int FLAGS_OFFSET = 12;
  private static final int LENGTH_OFFSET = 16;

  private Envelope() {}

  /**
   * How many bytes the manifest has whose first bytes these are.
   *
   * @param head its first {@link #HEADER_BYTES} bytes, or all there are
   */
  static int lengthBytes(byte[] head) {
    if (!startsWithMagic(head)) {
      throw ManifestForeignException.noManifest(
          head.length == 0
              ? "it is empty"
              : "it does not begin with the bytes 89 48 46 4d 0d 0a 1a 0a");
    }
    if (head.length < HEADER_BYTES) {
      throw new ManifestTruncatedException(head.length, MIN_BYTES);
    }
    long bodyBytes = ByteBuffer.wrap(head).getLong(LENGTH_OFFSET);
    if (bodyBytes < 0) {
      throw new ManifestCorruptException("byte " + LENGTH_OFFSET, "the body's length is negative");
    }
    if (bodyBytes > Manifest.MAX_BYTES - MIN_BYTES) {
      throw new ManifestTooLargeException("the body of the manifest", bodyBytes);
    }
    return (int) bodyBytes + MIN_BYTES;
  }

  /** Whether all of the bytes that are there are those of the magic. */
  private static boolean startsWithMagic(byte[] head) {
    int length = Math.min(head.length, MAGIC.length);
    return length > 0 && Arrays.equals(head, 0, length, MAGIC, 0, length);
  }

  /** Checks everything about a manifest but its body. */
  static void check(byte[] envelope) {
    int lengthBytes = lengthBytes(envelope);
    if (envelope.length < lengthBytes) {
      throw new ManifestTruncatedException(envelope.length, lengthBytes);
    }
    if (envelope.length > lengthBytes) {
      throw new ManifestCorruptException(
          "byte " + lengthBytes,
          (envelope.length - lengthBytes) + " bytes follow the end of the manifest");
    }
    int digestAt = lengthBytes - DIGEST_BYTES;
    if (!Arrays.equals(
        digest(envelope, digestAt), Arrays.copyOfRange(envelope, digestAt, lengthBytes))) {
      throw new ManifestCorruptException(
          "byte " + digestAt, "the SHA-256 does not match the " + digestAt + " bytes before it");
    }
    ByteBuffer header = ByteBuffer.wrap(envelope);
    int major = Short.toUnsignedInt(header.getShort(MAJOR_OFFSET));
    int minor = Short.toUnsignedInt(header.getShort(MINOR_OFFSET));
    int flags = header.getInt(FLAGS_OFFSET);
    if (major > MAJOR) {
      throw new ManifestTooNewException(major + "." + minor, version());
    }
    if (major < MAJOR) {
      throw new ManifestCorruptException(
          "byte " + MAJOR_OFFSET, "there is no format " + major + "." + minor);
    }
    if (flags != 0) {
      throw new ManifestTooNewException(
          major + "." + minor + " with the features 0x" + Integer.toHexString(flags),
          version() + " without features");
    }
  }

  /** The newest version this one reads, and the one it writes. */
  static String version() {
    return MAJOR + "." + MINOR;
  }

  /** Puts the body that follows a space of {@link #HEADER_BYTES} into its envelope. */
  static byte[] seal(BoundedOutput body) {
    byte[] envelope = body.toEnvelope();
    int digestAt = envelope.length - DIGEST_BYTES;
    ByteBuffer.wrap(envelope)
        .put(MAGIC)
        .putShort((short) MAJOR)
        .putShort((short) MINOR)
        .putInt(0)
        .putLong(digestAt - HEADER_BYTES);
    System.arraycopy(digest(envelope, digestAt), 0, envelope, digestAt, DIGEST_BYTES);
    return envelope;
  }

  /** The SHA-256 of that many bytes from the first on. */
  static byte[] digest(byte[] bytes, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, length);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Collects a body behind the space for its header, and no more than a manifest may hold. */
  static final class BoundedOutput extends ByteArrayOutputStream {
    BoundedOutput() {
      super(8192);
      count = HEADER_BYTES;
    }

    @Override
    public synchronized void write(int octet) {
      checkRoom(1);
      super.write(octet);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      checkRoom(length);
      super.write(bytes, offset, length);
    }

    private void checkRoom(int more) {
      if (more > Manifest.MAX_BYTES - DIGEST_BYTES - count) {
        throw new ManifestTooLargeException("the manifest", (long) count + more + DIGEST_BYTES);
      }
    }

    private synchronized byte[] toEnvelope() {
      return Arrays.copyOf(buf, count + DIGEST_BYTES);
    }
  }
}
