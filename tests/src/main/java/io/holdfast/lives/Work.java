package io.holdfast.lives;

import io.holdfast.lives.Model.Buffer;
import io.holdfast.lives.Model.Content;
import io.holdfast.model.Policy;
import io.holdfast.session.MapOptions;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Chooses what a driver makes and unmakes. Not thread-safe. */
final class Work {
  private static final int MOST_BUFFERS = 14;
  private static final int MOST_FILES = 3;
  private static final List<String> IOASES = List.of("rings", "data", "ü".repeat(127));

  /** One character too many, in bytes; not in characters. */
  private static final String TOO_LONG = "ü".repeat(128);

  private final Life life;
  private final Driver driver;
  private final Steps steps;
  private int names;

  Work(Life life, Driver driver) {
    this.life = life;
    this.driver = driver;
    this.steps = new Steps(life, driver);
  }

  private Model model() {
    return driver.model();
  }

  Steps steps() {
    return steps;
  }

  /** What a driver begins with: an address space, a device, a few buffers. */
  void setUp() {
    for (Runnable step : List.<Runnable>of(this::ioas, this::bind, this::buffer, this::buffer)) {
      if (!driver.isOpen()) {
        return;
      }
      step.run();
    }
  }

  void ioas() {
    if (life.dice().percent(5)) {
      life.attempt()
          .misuse(
              driver.name() + ": ioas with a name of 256 bytes",
              () -> driver.session().ioas(TOO_LONG));
    }
    steps.ioas(life.dice().of(IOASES));
  }

  void bind() {
    if (model().ioases.isEmpty()) {
      ioas();
      if (!driver.isOpen() || model().ioases.isEmpty()) {
        return;
      }
    }
    steps.bind(life.dice().of(life.slots()), someIoas(), policy());
  }

  void unbind() {
    if (!model().devices.isEmpty()) {
      steps.unbind(life.dice().of(List.copyOf(model().devices.keySet())));
    }
  }

  /** Attaches a device to another IOAS, or, which changes nothing, to its own. */
  void move() {
    if (!model().devices.isEmpty()) {
      steps.move(life.dice().of(List.copyOf(model().devices.keySet())), someIoas());
    }
  }

  private String someIoas() {
    return life.dice().of(List.copyOf(model().ioases));
  }

  private Policy policy() {
    return life.dice().percent(75) ? Policy.REQUIRED : Policy.OPTIONAL;
  }

  /** A buffer of the session's own memory, usually a new one. */
  void buffer() {
    if (model().ioases.isEmpty()) {
      return;
    }
    if (!model().buffers.isEmpty() && life.dice().percent(15)) {
      steps.askAgain(someBuffer(), life.dice().percent(50));
    } else if (model().buffers.size() >= MOST_BUFFERS) {
      release();
    } else {
      int pages = life.dice().percent(3) ? 520 : life.dice().between(1, 9);
      buffer(someIoas(), pages, life.dice().below(Life.PAGE_BYTES));
    }
  }

  /** A new buffer, asked for with a length that is so many bytes short of its pages. */
  void buffer(String ioas, int pages, int lessBytes) {
    int lengthBytes = pages * Life.PAGE_BYTES;
    Buffer buffer = planned("buf", ioas, new Content(null, lengthBytes), 0, lengthBytes, null);
    steps.buffer(buffer, lengthBytes - lessBytes, options(buffer));
  }

  private Buffer someBuffer() {
    return life.dice().of(List.copyOf(model().buffers.values()));
  }

  private Buffer planned(
      String prefix, String ioas, Content content, int offset, int length, MemorySegment memory) {
    boolean deviceMayWrite = life.dice().percent(85);
    return new Buffer(
        ioas, prefix + ++names, content, offset, length, deviceMayWrite, policy(), memory);
  }

  private MapOptions options(Buffer buffer) {
    MapOptions options = buffer.options();
    return life.dice().percent(40) ? options.at(0x10_0000_0000L + ((long) names << 28)) : options;
  }

  /** A memfd of the driver's own. */
  void file() {
    if (model().files.size() < MOST_FILES) {
      int pages = life.dice().between(1, 8);
      steps.file(new Content("file" + ++names, pages * Life.PAGE_BYTES));
    }
  }

  /** A part of a memfd of the driver's own. */
  void map() {
    if (model().files.isEmpty() || model().ioases.isEmpty()) {
      return;
    }
    Content content = life.dice().of(List.copyOf(model().files.values()));
    int pages = content.bytes.length / Life.PAGE_BYTES;
    int first = life.dice().below(pages);
    int length = life.dice().between(1, pages - first) * Life.PAGE_BYTES;
    Buffer buffer = planned("part", someIoas(), content, first * Life.PAGE_BYTES, length, null);
    steps.map(buffer, options(buffer));
  }

  /** The memory of a buffer once more, in its address space or in another one. */
  void copy() {
    List<Buffer> sources =
        model().buffers.values().stream().filter(buffer -> buffer.anonymous == null).toList();
    if (!sources.isEmpty() && model().buffers.size() < MOST_BUFFERS) {
      Buffer source = life.dice().of(sources);
      // What devices may not write they may not write by another mapping either.
      boolean deviceMayWrite = source.deviceMayWrite && life.dice().percent(85);
      Buffer copy =
          new Buffer(
              someIoas(),
              "copy" + ++names,
              source.content,
              source.offset,
              source.lengthBytes,
              deviceMayWrite,
              policy(),
              null);
      steps.copy(copy, source, options(copy));
    }
  }

  /** Memory of the process. */
  void anonymous() {
    if (!model().ioases.isEmpty()) {
      int length = life.dice().between(1, 4) * Life.PAGE_BYTES;
      MemorySegment memory = Dma.memory(driver.host().syscalls(), length);
      Buffer buffer = planned("anon", someIoas(), new Content(null, length), 0, length, memory);
      steps.anonymous(buffer, options(buffer));
    }
  }

  /** Unmaps a buffer. */
  void release() {
    if (!model().buffers.isEmpty()) {
      steps.release(someBuffer());
    }
  }
}
