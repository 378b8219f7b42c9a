package io.holdfast.uapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.RequestDecoder.Argument;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class RequestsTest {
  private final Requests requests = new Requests();

  static Stream<Request> all() {
    return Requests.all().stream();
  }

  @Test
  void knowsEveryRequestNumberOfTheHeaders() {
    List<String> names = new ArrayList<>();
    for (Class<?> header : List.of(IommufdUapi.class, VfioUapi.class, LiveupdateUapi.class)) {
      for (Field field : header.getFields()) {
        if (field.getType() == long.class) { // only request numbers are long
          names.add(field.getName());
          assertThat(Requests.find(UapiTable.constants(header).get(field.getName())))
              .map(Request::name)
              .contains(field.getName());
        }
      }
    }
    assertThat(Requests.all()).extracting(Request::name).containsExactlyInAnyOrderElementsOf(names);
  }

  @ParameterizedTest
  @MethodSource("all")
  void readsAStructOfZeroesAndOneOfOnes(Request request) {
    MemorySegment memory = Arena.ofAuto().allocate(256, 8);
    List<String> fields =
        request
            .struct()
            .map(s -> s.fields().stream().map(Struct.Field::name).toList())
            .orElse(List.of());
    Map<String, String> zeroes = requests.fields(request.number(), memory);
    assertThat(fields).containsAll(zeroes.keySet());
    memory.fill((byte) 0xff);
    Map<String, String> ones = requests.fields(request.number(), memory);
    assertThat(ones.keySet()).containsExactlyElementsOf(fields);
    assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).containsOnly(-1);
  }

  @ParameterizedTest
  @MethodSource("all")
  void readsNothingBeyondTheMemoryItIsGiven(Request request) {
    MemorySegment memory = Arena.ofAuto().allocate(256, 8).fill((byte) 0xff);
    long size = request.struct().map(Struct::size).orElse(0L);
    for (long length = 0; length < 128; length++) {
      Map<String, String> fields = requests.fields(request.number(), memory.asSlice(0, length));
      assertThat(fields.isEmpty()).isEqualTo(size == 0 || length < size);
    }
  }

  @ParameterizedTest
  @EnumSource(Argument.class)
  void namesArgumentsOfAllValues(Argument argument) {
    for (int bit = 0; bit < 32; bit++) {
      assertThat(requests.name(argument, 1L << bit)).isNotBlank();
    }
    assertThat(requests.name(argument, 0)).isNotBlank();
  }

  @Test
  void namesValuesBitsAndWhatHasNoName() {
    assertThat(requests.name(Argument.SEALS, 0)).isEqualTo("0");
    assertThat(requests.name(Argument.OPEN_FLAGS, 0)).isEqualTo("O_RDONLY");
    assertThat(requests.name(Argument.OPEN_FLAGS, 3)).isEqualTo("0x3");
    assertThat(requests.name(Argument.FCNTL_COMMAND, 9999)).isEqualTo("0x270f");
    assertThat(requests.name(Argument.DIRECTORY_DESCRIPTOR, -100)).isEqualTo("AT_FDCWD");
    assertThat(requests.request(0x3b85)).isEqualTo("IOMMU_IOAS_MAP");
    assertThat(requests.request(0xdead)).isEqualTo("0xdead");
  }
}
