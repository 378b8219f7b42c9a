package io.holdfast.clitest;

import io.holdfast.model.BackingFile;
import io.holdfast.model.BackingFile.Origin;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Manifests of up to 16 MB, in CBOR and in JSON, that were made to be expensive. */
final class CostlyFiles {
  private static final int LARGE_BYTES = 16_000_000;
  private static final long PAGE_BYTES = 4096;
  private static final byte[] HEAD = {(byte) 0xa1, 0x61, 'z'}; // {"z": …}

  private CostlyFiles() {}

  /** All of them by what they are. */
  static Map<String, byte[]> all(SessionState session) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("numbers", cbor(new byte[] {(byte) 0x9f}, new byte[] {0}));
    files.put("empty maps", cbor(new byte[] {(byte) 0x9f}, new byte[] {(byte) 0xa0}));
    files.put("empty texts", cbor(new byte[] {(byte) 0x9f}, new byte[] {0x60}));
    files.put(
        "integers of a byte", cbor(new byte[] {(byte) 0x9f}, new byte[] {(byte) 0xc2, 65, 1}));
    files.put("nesting", cbor(new byte[0], new byte[] {(byte) 0x81}));
    files.put("one text", cbor(head(0x7a), new byte[] {'x'}));
    files.put("one piece of bytes", cbor(head(0x5a), new byte[] {'x'}));
    files.put("one integer", cbor(join(new byte[] {(byte) 0xc2}, head(0x5a)), new byte[] {'x'}));
    files.put("pieces of a text", cbor(new byte[] {0x7f}, new byte[] {0x60}));
    files.put("names that collide", HostileManifests.sealed(collidingNames()));
    files.put("mappings", Manifest.encode(withMappings(session, 300_000)));
    files.put("extents", Manifest.encode(withExtents(session, 5_000_000)));
    files.put("JSON of numbers", json("[0", ",0"));
    files.put("JSON of decimals", json("[0.5", ",0.123456789012345678901234567890"));
    files.put("JSON of exponents", json("[0", ",1e999999999"));
    files.put("JSON of one number", json("1", "1"));
    files.put("JSON of one decimal", json("1.", "1"));
    files.put("JSON of empty lists", json("[[]", ",[]"));
    files.put("JSON of nesting", json("", "["));
    files.put("JSON of maps in maps", json("", "{\"a\":"));
    files.put("JSON of one text", json("\"", "x"));
    files.put("JSON of escapes", json("\"", "\\u00e9"));
    files.put("JSON of white space", json("", " \n"));
    files.put("JSON of one name", json("{\"", "n"));
    files.put("JSON of mappings", text(withMappings(session, 20_000)));
    return files;
  }

  private static byte[] head(int major) {
    return ByteBuffer.allocate(5).put((byte) major).putInt(LARGE_BYTES - 100).array();
  }

  private static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      joined.writeBytes(piece);
    }
    return joined.toByteArray();
  }

  /** As an unknown field: a beginning, and one thing again and again. */
  private static byte[] cbor(byte[] begin, byte[] again) {
    return HostileManifests.sealed(repeated(join(HEAD, begin), again));
  }

  private static byte[] json(String begin, String again) {
    String head =
        "{\"format\": \"holdfast-manifest\", \"version\": \"1.0\", \"session\": {\"z\": " + begin;
    return repeated(head.getBytes(StandardCharsets.UTF_8), again.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] repeated(byte[] begin, byte[] again) {
    ByteBuffer file = ByteBuffer.allocate(LARGE_BYTES - 100).put(begin);
    while (file.remaining() >= again.length) {
      file.put(again);
    }
    return file.array();
  }

  private static byte[] text(SessionState session) {
    return Manifest.toJson(session).getBytes(StandardCharsets.UTF_8);
  }

  /** A map of 32,768 names with one hash code. */
  private static byte[] collidingNames() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(HEAD);
    body.write(0xbf);
    for (int i = 0; i < 1 << 15; i++) {
      body.write(0x78);
      body.write(30);
      for (int bit = 0; bit < 15; bit++) {
        body.writeBytes(((i >>> bit & 1) == 0 ? "Aa" : "BB").getBytes(StandardCharsets.US_ASCII));
      }
      body.write(0);
    }
    body.write(0xff);
    return body.toByteArray();
  }

  private static SessionState with(SessionState session, long bytes, List<MappingState> mappings) {
    return session.withContents(
        List.of(new BackingFile(1, "pool", bytes, Origin.POOL)),
        List.of(new IoasState("rings", mappings)),
        session.devices());
  }

  private static SessionState withMappings(SessionState session, int count) {
    List<MappingState> mappings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      mappings.add(mapping("m" + i, i * PAGE_BYTES, 1));
    }
    return with(session, count * PAGE_BYTES, mappings);
  }

  private static SessionState withExtents(SessionState session, int count) {
    return with(session, count * PAGE_BYTES, List.of(mapping("scattered", 0, count)));
  }

  /** A part of file 1 whose pages lie apart. */
  static MappingState mapping(String name, long offsetBytes, int pages) {
    ExtentList.Builder extents = ExtentList.builder();
    for (int i = 0; i < pages; i++) {
      extents.add((1L << 32) + 2 * offsetBytes + 2L * i * PAGE_BYTES, PAGE_BYTES);
    }
    return new MappingState(
        name,
        new IovaRange((1L << 40) + offsetBytes, pages * PAGE_BYTES),
        true,
        true,
        new MappingState.File(1, offsetBytes),
        Policy.REQUIRED,
        extents.build());
  }
}
