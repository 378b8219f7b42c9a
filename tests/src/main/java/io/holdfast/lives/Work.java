package io.holdfast.lives;

import io.holdfast.DmaBuffer;
import io.holdfast.Ioas;
import io.holdfast.lives.Attempt.End;
import io.holdfast.lives.Attempt.Expected;
import io.holdfast.lives.Model.Buffer;
import io.holdfast.lives.Model.Content;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.MapOptions;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Makes and unmakes what a driver's session has. Not thread-safe. */
final class Work {
  private static final int MOST_BUFFERS = 14;
  private static final int MOST_FILES = 3;

  private final Life life;
  private final Driver driver;
  private int names;

  Work(Life life, Driver driver) {
    this.life = life;
    this.driver = driver;
  }

  private Model model() {
    return driver.model();
  }

  private Expected change() {
    if (model().sealed) {
      return Expected.REFUSES;
    }
    return life.kernel().freeMemoryBytes() < Life.SCARCE_BYTES
        ? Expected.MAY_REFUSE
        : Expected.WORKS;
  }

  /** Runs an operation; after it was refused, no descriptor is left of it. */
  private End run(String what, Expected expected, String pending, Runnable operation) {
    int before = driver.host().openDescriptors();
    End end = life.attempt().run(driver.name() + ": " + what, expected, operation);
    if (end == End.DIED) {
      driver.died(pending);
    } else if (end == End.REFUSED) {
      int after = driver.host().openDescriptors();
      // A pool that was begun for a buffer which could not be mapped stays, for the next.
      int allowed = what.startsWith("buffer") ? 1 : 0;
      life.witness()
          .check(
              after <= before + allowed,
              Invariant.NO_LEAK,
              "%s was refused, and %d descriptors are open instead of %d",
              what,
              after,
              before);
    }
    return end;
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
    List<String> names = List.of("rings", "data", "spare");
    String name = life.dice().of(names);
    boolean known = model().ioases.contains(name);
    End end =
        run(
            "ioas " + name,
            known ? Expected.WORKS : change(),
            name,
            () -> driver.session().ioas(name));
    if (end == End.DONE) {
      model().ioases.add(name);
    }
  }

  void bind() {
    if (model().ioases.isEmpty()) {
      ioas();
      if (!driver.isOpen() || model().ioases.isEmpty()) {
        return;
      }
    }
    PciAddress address = life.dice().of(life.slots());
    String ioas = life.dice().of(List.copyOf(model().ioases));
    Policy policy = life.dice().percent(75) ? Policy.REQUIRED : Policy.OPTIONAL;
    Model.Device present = model().devices.get(address);
    Expected expected = change();
    if (present != null) {
      expected = present.ioas().equals(ioas) ? Expected.WORKS : Expected.REFUSES;
    } else if (life.isTaken(address) || !life.isThere(address)) {
      expected = Expected.REFUSES;
    }
    boolean pins = present == null && !model().isAttached(ioas);
    End end =
        run(
            "bind %s to %s%s"
                .formatted(address, ioas, policy == Policy.OPTIONAL ? ", optional" : ""),
            expected,
            address.toString(),
            () -> driver.session().bind(address, driver.session().ioas(ioas), policy));
    if (end == End.DONE && present == null) {
      model()
          .devices
          .put(
              address,
              new Model.Device(
                  address, ioas, policy, life.kernel().machine().devices().get(address)));
    }
    if (end != End.DIED && pins) {
      for (Buffer buffer : model().buffersOf(ioas)) {
        DmaBuffer found = find(buffer).orElseThrow();
        if (end == End.DONE) {
          buffer.extents = found.extents();
        } else {
          life.witness().notPinned(found, buffer);
        }
      }
    }
  }

  void unbind() {
    if (model().devices.isEmpty()) {
      return;
    }
    Model.Device device = life.dice().of(List.copyOf(model().devices.values()));
    Ioas ioas = driver.session().ioas(device.ioas());
    Expected expected = model().sealed ? Expected.REFUSES : Expected.WORKS;
    End end =
        run(
            "unbind " + device.address(),
            expected,
            device.address().toString(),
            () -> driver.session().bind(device.address(), ioas).close());
    if (end == End.DONE) {
      model().devices.remove(device.address());
    }
  }

  /** A buffer of the session's own memory, usually a new one. */
  void buffer() {
    if (model().ioases.isEmpty()) {
      return;
    }
    if (!model().buffers.isEmpty() && life.dice().percent(15)) {
      askAgain();
      return;
    }
    if (model().buffers.size() >= MOST_BUFFERS) {
      release();
      return;
    }
    String ioas = life.dice().of(List.copyOf(model().ioases));
    int pages = life.dice().percent(3) ? 520 : life.dice().between(1, 9);
    int lengthBytes = pages * Life.PAGE_BYTES;
    Content own = new Content(null, lengthBytes);
    Buffer buffer = planned("buf", ioas, own, 0, lengthBytes, null);
    int asked = lengthBytes - life.dice().below(Life.PAGE_BYTES);
    MapOptions options = options(buffer);
    made(
        buffer,
        "buffer " + buffer + (options.iova().isPresent() ? " at its IOVA" : ""),
        () -> driver.session().ioas(ioas).buffer(buffer.name, asked, options),
        Invariant.ZEROED);
  }

  private Buffer planned(
      String prefix, String ioas, Content content, int offset, int length, MemorySegment memory) {
    return new Buffer(
        ioas,
        prefix + ++names,
        content,
        offset,
        length,
        life.dice().percent(85),
        life.dice().percent(75) ? Policy.REQUIRED : Policy.OPTIONAL,
        memory);
  }

  private MapOptions options(Buffer buffer) {
    MapOptions options = MapOptions.defaults();
    if (life.dice().percent(40)) {
      options = options.at(0x10_0000_0000L + ((long) names << 28));
    }
    if (!buffer.deviceMayWrite) {
      options = options.readOnlyForDevice();
    }
    return buffer.policy == Policy.OPTIONAL ? options.optional() : options;
  }

  private void made(Buffer buffer, String what, Supplier<DmaBuffer> operation, Invariant content) {
    Expected expected = model().isAttached(buffer.ioas) ? change() : Expected.REFUSES;
    DmaBuffer[] made = new DmaBuffer[1];
    End end = run(what, expected, buffer.key(), () -> made[0] = operation.get());
    if (end == End.DONE) {
      buffer.iova = made[0].iova().start();
      buffer.extents = made[0].extents();
      model().buffers.put(buffer.key(), buffer);
      life.witness().sameBytes(made[0].segment(), buffer, content);
    } else if (end == End.REFUSED) {
      life.witness()
          .check(find(buffer).isEmpty(), Invariant.UNDONE, "%s was refused, and is there", buffer);
    }
  }

  private Optional<DmaBuffer> find(Buffer buffer) {
    return driver.session().ioas(buffer.ioas).find(buffer.name);
  }

  /** Asks for a buffer that is there, as it is or otherwise. */
  private void askAgain() {
    Buffer buffer = life.dice().of(List.copyOf(model().buffers.values()));
    boolean otherwise = buffer.content.name != null || life.dice().percent(50);
    int asked = buffer.lengthBytes + (otherwise ? Life.PAGE_BYTES : 0);
    run(
        "buffer %s again, of %d bytes".formatted(buffer, asked),
        asked == buffer.lengthBytes && buffer.anonymous == null ? Expected.WORKS : Expected.REFUSES,
        null,
        () -> driver.session().ioas(buffer.ioas).buffer(buffer.name, asked));
  }

  /** A memfd of the driver's own. */
  void file() {
    if (model().files.size() >= MOST_FILES) {
      return;
    }
    int pages = life.dice().between(1, 8);
    Content content = new Content("file" + ++names, pages * Life.PAGE_BYTES);
    Syscalls process = driver.host().syscalls();
    int fd = process.memfd_create(content.name, MemfdUapi.MFD_EXEC | MemfdUapi.MFD_CLOEXEC);
    process.ftruncate(fd, content.bytes.length);
    boolean[] asked = {false};
    End end =
        run(
            "file %s of %d pages".formatted(content.name, pages),
            model().sealed ? Expected.REFUSES : Expected.WORKS,
            content.name,
            () ->
                driver
                    .session()
                    .file(
                        content.name,
                        () -> {
                          asked[0] = true;
                          return fd;
                        }));
    if (end == End.DONE) {
      model().files.put(content.name, content);
    } else if (end == End.REFUSED && !asked[0]) {
      process.close(fd);
    }
  }

  /** A part of a memfd of the driver's own. */
  void map() {
    if (model().files.isEmpty() || model().ioases.isEmpty()) {
      return;
    }
    String ioas = life.dice().of(List.copyOf(model().ioases));
    Content content = life.dice().of(List.copyOf(model().files.values()));
    int pages = content.bytes.length / Life.PAGE_BYTES;
    int first = life.dice().below(pages);
    int length = life.dice().between(1, pages - first) * Life.PAGE_BYTES;
    Buffer buffer = planned("part", ioas, content, first * Life.PAGE_BYTES, length, null);
    MapOptions options = options(buffer);
    made(
        buffer,
        "map %s of %s from page %d".formatted(buffer, content.name, first),
        () ->
            driver
                .session()
                .ioas(ioas)
                .map(
                    buffer.name,
                    driver.session().file(content.name, () -> -1),
                    buffer.offset,
                    length,
                    options),
        Invariant.SAME_BYTES);
  }

  /** Memory of the process, which no live update preserves. */
  void anonymous() {
    if (model().ioases.isEmpty()) {
      return;
    }
    String ioas = life.dice().of(List.copyOf(model().ioases));
    int length = life.dice().between(1, 4) * Life.PAGE_BYTES;
    MemorySegment memory = Dma.memory(driver.host().syscalls(), length);
    Buffer buffer = planned("anon", ioas, new Content(null, length), 0, length, memory);
    made(
        buffer,
        "map " + buffer,
        () ->
            driver
                .session()
                .ioas(ioas)
                .mapAnonymous(buffer.name, memory, options(buffer).declaredTransient()),
        Invariant.SAME_BYTES);
    if (driver.isOpen() && !model().buffers.containsKey(buffer.key())) {
      driver.host().syscalls().munmap(memory.address(), length);
    }
  }

  /** Unmaps a buffer. */
  void release() {
    if (model().buffers.isEmpty()) {
      return;
    }
    Buffer buffer = life.dice().of(List.copyOf(model().buffers.values()));
    DmaBuffer found = find(buffer).orElseThrow();
    End end =
        run(
            "close " + buffer,
            model().sealed ? Expected.REFUSES : Expected.WORKS,
            buffer.key(),
            found::close);
    if (end == End.DONE) {
      life.witness().check(find(buffer).isEmpty(), Invariant.UNDONE, "%s is still there", buffer);
      life.witness().notPinned(found, buffer);
      model().buffers.remove(buffer.key());
    } else if (end == End.REFUSED && find(buffer).isEmpty()) {
      model().buffers.remove(buffer.key());
    }
    if (buffer.anonymous != null && driver.isOpen() && end == End.DONE) {
      driver.host().syscalls().munmap(buffer.anonymous.address(), buffer.lengthBytes);
    }
  }
}
