package io.holdfast.serializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A body with a right checksum that says something that cannot be is refused, with the place of
 * what is wrong.
 *
 * <p>The short names are the format's: n name, f files or file, i ioases or iova or ioas, m
 * mappings, d devices, t token, l length, o offset, e extents, s size or sealed at, h host, b boot
 * chain, j journal, g generation.
 */
class SessionRulesTest {
  @Test
  void theSampleKeepsTheRules() {
    assertThat(Manifest.decode(Bodies.seal((Object) sample()))).isEqualTo(Samples.SESSION);
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("damage")
  void damageIsRefusedAndNamed(Consumer<Map<String, Object>> damage, String where, String what) {
    Map<String, Object> body = sample();
    damage.accept(body);
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal((Object) body)))
        .isInstanceOfSatisfying(
            ManifestCorruptException.class,
            e -> {
              assertThat(e.where()).startsWith(where);
              assertThat(e.what()).contains(what);
              assertThat(e.remedy()).isNotEmpty();
            });
  }

  static Stream<Arguments> damage() {
    return Stream.of(
        // Between the records.
        broken(b -> at(b, "f", 1).put("t", 1L), "session.files[1].token", "token 1 is used twice"),
        broken(b -> at(b, "f", 1).put("t", 9L), "session.files[1].token", "token 9 is used twice"),
        broken(
            b -> at(b, "d", 0).put("t", 2L), "session.devices[0].token", "token 2 is used twice"),
        broken(
            b -> at(b, "f", 1).put("n", "pool-0"), "session.files[1].name", "two files \"pool-0\""),
        broken(
            b -> at(b, "i", 1).put("n", "rings"), "session.ioases[1].name", "two IOASes \"rings\""),
        broken(
            b -> at(b, "i", 0, "m", 1).put("n", "tx-ring"),
            "session.ioases[0].mappings[1].name",
            "two mappings"),
        broken(b -> at(b, "i", 0, "m", 0).put("f", 7L), "session.ioases[0].mappings[0]", "token 7"),
        broken(
            b -> at(b, "i", 0, "m", 0).put("f", 2L),
            "session.ioases[0].mappings[0]",
            "past the end of the file"),
        broken(
            b -> at(b, "i", 0, "m", 0).put("o", 1048577L),
            "session.ioases[0].mappings[0]",
            "past the end"),
        broken(
            b -> at(b, "i", 0, "m", 0).put("o", Long.MAX_VALUE),
            "session.ioases[0].mappings[0]",
            "past the end"),
        broken(
            b -> at(b, "i", 0, "m", 1).put("i", 0x1_0000_2fffL),
            "session.ioases[0].mappings[1]",
            "overlaps"),
        broken(
            b -> at(b, "i", 0, "m", 1).put("i", 0xffff_f001L),
            "session.ioases[0].mappings[1]",
            "overlaps"),
        broken(b -> at(b, "d", 0).put("i", "wings"), "session.devices[0].ioas", "\"wings\""),
        broken(b -> twice(b, "d"), "session.devices[1].address", "two devices at 0000:00:04.0"),
        // Within a record.
        broken(b -> at(b, "f", 0).put("t", 0L), "session.files[0]", "token of a backing file is 0"),
        broken(b -> at(b, "f", 0).put("s", 0L), "session.files[0]", "size of a backing file"),
        broken(
            b -> at(b, "f", 0).put("o", 2L), "session.files[0].origin", "expected 0 to 1, found 2"),
        broken(b -> at(b, "f", 0).put("c", 1L << 32), "session.files[0]", "CRC-32C"),
        broken(b -> at(b, "f", 0).put("n", ""), "session.files[0]", "is empty"),
        broken(b -> at(b, "f", 0).put("n", "a\nb"), "session.files[0]", "character U+000A"),
        broken(
            b -> at(b, "i", 0, "m", 0).put("l", 4096L),
            "session.ioases[0].mappings[0]",
            "extents of the mapping"),
        broken(
            b -> at(b, "i", 0, "m", 0).put("l", 0L),
            "session.ioases[0].mappings[0]",
            "not an IOVA range"),
        broken(
            b -> at(b, "i", 0, "m", 0).put("a", 3L),
            "session.ioases[0].mappings[0].access",
            "found 3"),
        broken(
            b -> at(b, "i", 0, "m", 0).put("t", true),
            "session.ioases[0].mappings[0]",
            "either a file"),
        broken(
            b -> at(b, "i", 0, "m", 0).remove("f"),
            "session.ioases[0].mappings[0]",
            "either a file"),
        broken(
            b -> at(b, "i", 0, "m", 1).put("o", 0L),
            "session.ioases[0].mappings[1]",
            "either a file"),
        broken(
            b -> at(b, "i", 0, "m", 0).put("e", new byte[] {12}),
            "session.ioases[0].mappings[0].extents",
            "end"),
        broken(b -> at(b, "i", 0).remove("m"), "session.ioases[0]", "\"mappings\" is missing"),
        broken(b -> at(b, "d", 0).put("a", 1L << 32), "session.devices[0].address", "32 bits"),
        broken(b -> at(b, "d", 0).put("v", 65536L), "session.devices[0]", "vendor id is 65536"),
        broken(b -> at(b, "d", 0).put("v", -1L), "session.devices[0].vendorId", "24 bits"),
        broken(b -> b.put("n", "a/b"), "session", "not a session name"),
        broken(b -> b.put("n", "x".repeat(64)), "session", "not a session name"),
        broken(b -> b.put("g", -1L), "session", "generation"),
        broken(b -> b.put("b", List.of()), "session", "boot chain"),
        broken(b -> b.put("j", new byte[15]), "session.journal", "16 bytes"),
        broken(b -> b.put("s", List.of(1L)), "session.sealedAt", "a time is"),
        broken(b -> b.put("s", List.of(1L, 2L, 3L)), "session.sealedAt", "a time is"),
        broken(b -> b.put("s", List.of(1L, 1_000_000_000L)), "session.sealedAt", "a time is"),
        broken(b -> b.put("s", List.of(Long.MAX_VALUE, 1L)), "session.sealedAt", "Instant"),
        broken(b -> b.put("t", 0L), "session", "token of a session's iommufd is 0"),
        // The wrong kind of value.
        broken(b -> b.put("n", 1L), "session.name", "expected a text, found VALUE_NUMBER_INT"),
        broken(b -> b.put("g", "1"), "session.generation", "expected a number"),
        broken(b -> b.put("g", 1.0), "session.generation", "expected a number"),
        broken(b -> b.put("g", null), "session.generation", "expected a number"),
        broken(
            b -> b.put("g", java.math.BigInteger.TWO.pow(64)),
            "session.generation",
            "more than 64 bits"),
        broken(b -> b.put("f", Map.of()), "session.files", "expected a list"),
        broken(b -> b.put("h", List.of()), "session.host", "expected a record"),
        broken(b -> b.put("j", "text"), "session.journal", "expected bytes"),
        broken(b -> b.put("f", List.of(1L)), "session.files[0]", "expected a record"),
        broken(
            b -> ((Map<?, ?>) b.get("h")).remove("m"), "session.host", "\"machineId\" is missing"),
        broken(b -> b.remove("d"), "session", "\"devices\" is missing"));
  }

  private static Arguments broken(Consumer<Map<String, Object>> damage, String where, String what) {
    return Arguments.of(damage, where, what);
  }

  /** The sample as a tree that can be changed. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> sample() {
    return (Map<String, Object>) changeable(Bodies.treeOf(Manifest.encode(Samples.SESSION)));
  }

  private static Object changeable(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      map.forEach((name, field) -> copy.put((String) name, changeable(field)));
      return copy;
    }
    if (value instanceof List<?> list) {
      List<Object> copy = new ArrayList<>();
      list.forEach(element -> copy.add(changeable(element)));
      return copy;
    }
    return value;
  }

  /** The record that field names and list positions lead to. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> at(Map<String, Object> body, Object... path) {
    Object value = body;
    for (Object step : path) {
      value =
          step instanceof Integer index
              ? ((List<Object>) value).get(index)
              : ((Map<String, Object>) value).get(step);
    }
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static void twice(Map<String, Object> body, String field) {
    List<Object> list = (List<Object>) body.get(field);
    Map<String, Object> copy = (Map<String, Object>) changeable(list.getFirst());
    copy.remove("t");
    list.add(copy);
  }
}
