package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExtensionsTest {
  @Test
  void treesAreComparedByValue() {
    Extensions one =
        new Extensions(Map.of("a", new byte[] {1}, "b", List.of(1, 2.5f, Map.of("c", (short) 3))));
    Extensions two =
        new Extensions(Map.of("b", List.of(1L, 2.5, Map.of("c", 3L)), "a", new byte[] {1}));
    assertThat(one).isEqualTo(two).hasSameHashCodeAs(two);
    assertThat(one).isNotEqualTo(new Extensions(Map.of("a", new byte[] {2}, "b", List.of())));
    assertThat(one).isNotEqualTo(Extensions.NONE);
    assertThat(new Extensions(Map.of("n", BigInteger.TEN)))
        .isEqualTo(new Extensions(Map.of("n", 10)));
  }

  @Test
  void whatIsInsideIsACopy() {
    List<Object> list = new ArrayList<>(List.of(1L));
    byte[] bytes = {1};
    Map<String, Object> map = new HashMap<>(Map.of("list", list, "bytes", bytes));
    Extensions extensions = new Extensions(map);
    list.add(2L);
    bytes[0] = 2;
    map.clear();
    assertThat(extensions)
        .isEqualTo(new Extensions(Map.of("list", List.of(1L), "bytes", new byte[] {1})));
    assertThatThrownBy(() -> extensions.fields().put("x", 1L))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void whatNoFormatCarriesIsRefused() {
    for (Object value :
        new Object[] {
          new BigDecimal("1.5"),
          'c',
          new int[0],
          BigInteger.TWO.pow(256),
          Map.of(1, 2),
          new Object(),
          "\ud83d",
          Map.of("\ude00", 1)
        }) {
      assertThatThrownBy(() -> new Extensions(Map.of("a", value)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void nestingIsBounded() {
    Object deep = 1L;
    for (int i = 1; i < Extensions.MAX_DEPTH; i++) {
      deep = List.of(deep);
    }
    Object allowed = deep;
    assertThat(new Extensions(Map.of("a", allowed)).fields()).containsKey("a");
    assertThatThrownBy(() -> new Extensions(Map.of("a", List.of(allowed))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
