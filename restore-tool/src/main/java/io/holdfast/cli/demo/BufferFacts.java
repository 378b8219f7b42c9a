package io.holdfast.cli.demo;

import io.holdfast.DmaBuffer;
import io.holdfast.model.ExtentList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where one buffer is, as one process of the demo tells another in a line of text.
 *
 * @param name the buffer
 * @param iova where the device sees it
 * @param differingBytes how many of its bytes are not as they were filled
 * @param extents where it is in physical memory
 */
record BufferFacts(String name, long iova, long differingBytes, ExtentList extents) {
  static BufferFacts of(DmaBuffer buffer, long differingBytes) {
    return new BufferFacts(buffer.name(), buffer.iova().start(), differingBytes, buffer.extents());
  }

  /** {@code NAME IOVA DIFFERING PA+LENGTH,PA+LENGTH…}, numbers in hex. */
  String toLine() {
    return "%s %x %x %s"
        .formatted(
            name,
            iova,
            differingBytes,
            IntStream.range(0, extents.size())
                .mapToObj(
                    i -> "%x+%x".formatted(extents.physicalAddress(i), extents.lengthBytes(i)))
                .collect(Collectors.joining(",")));
  }

  static BufferFacts parse(String line) {
    List<String> words = List.of(line.split(" ", 4));
    ExtentList.Builder extents = ExtentList.builder();
    for (String extent : words.get(3).split(",", -1)) {
      int plus = extent.indexOf('+');
      extents.add(
          Long.parseUnsignedLong(extent.substring(0, plus), 16),
          Long.parseUnsignedLong(extent.substring(plus + 1), 16));
    }
    return new BufferFacts(
        words.get(0),
        Long.parseUnsignedLong(words.get(1), 16),
        Long.parseUnsignedLong(words.get(2), 16),
        extents.build());
  }
}
