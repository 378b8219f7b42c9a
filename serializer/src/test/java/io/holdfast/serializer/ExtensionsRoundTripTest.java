package io.holdfast.serializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Extensions;
import io.holdfast.model.IoasState;
import io.holdfast.model.SessionState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A manifest of a newer minor version loses nothing by being read and written by this one. */
class ExtensionsRoundTripTest {
  private static final List<Object> NEWER_VALUES = newerValues();

  private int added;

  @Test
  void unknownFieldsOfEveryRecordSurvive() {
    Map<String, Object> newer = widened(Bodies.treeOf(Manifest.encode(Samples.SESSION)));
    // One session, one host, two files, two IOASes, two mappings, one device.
    assertThat(added).isEqualTo(9);

    SessionState read = Manifest.decode(Bodies.seal((Object) newer));
    assertThat(read).isNotEqualTo(Samples.SESSION);
    assertSameTree(Bodies.treeOf(Manifest.encode(read)), newer);
    assertThat(Manifest.fromJson(Manifest.toJson(read))).isEqualTo(read);
    assertSameTree(Bodies.treeOf(Manifest.encode(Manifest.fromJson(Manifest.toJson(read)))), newer);
  }

  @Test
  void aNewerMinorVersionIsRead() {
    byte[] body = Bodies.bodyOf(Manifest.encode(Samples.SESSION));
    assertThat(Manifest.decode(Bodies.seal(1, 7, 0, body))).isEqualTo(Samples.SESSION);
  }

  @Test
  void anExtensionCannotHideAKnownField() {
    IoasState ioas = new IoasState("rings", List.of(), new Extensions(Map.of("m", 1)));
    SessionState s = Samples.SESSION;
    SessionState session =
        s.withContents(List.of(), List.of(ioas), List.of()).withExtensions(Extensions.NONE);
    assertThatThrownBy(() -> Manifest.encode(session))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"m\"");
  }

  private static List<Object> newerValues() {
    List<Object> list =
        new ArrayList<>(List.of(1L, -1L, Long.MIN_VALUE, "text", true, 1.5, new byte[] {1, 2, 3}));
    list.add(null);
    list.add(Map.of("a", List.of(Map.of("b", new byte[0]))));
    list.add(new java.math.BigInteger("18446744073709551615"));
    list.add(new java.math.BigInteger("-18446744073709551616"));
    return list;
  }

  /** The record with a field before and one after its own, and so on in the records inside. */
  private Map<String, Object> widened(Map<?, ?> map) {
    added++;
    Map<String, Object> wider = new LinkedHashMap<>();
    wider.put("zz first " + added, NEWER_VALUES);
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      wider.put((String) entry.getKey(), widenedValue(entry.getValue()));
    }
    wider.put("$last", Map.of("$bytes", (long) added));
    return wider;
  }

  private Object widenedValue(Object value) {
    if (value instanceof Map<?, ?> map) {
      return widened(map);
    }
    if (value instanceof List<?> list) {
      List<Object> wider = new ArrayList<>();
      for (Object element : list) {
        wider.add(widenedValue(element));
      }
      return wider;
    }
    return value;
  }

  private static void assertSameTree(Map<String, Object> actual, Map<String, Object> expected) {
    assertThat(new Extensions(actual)).isEqualTo(new Extensions(expected));
  }
}
