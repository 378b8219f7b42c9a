package io.holdfast.lives;

import io.holdfast.DmaBuffer;
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
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The single steps by which a driver makes and unmakes what its session has; each is noted in the
 * model as it ended. Not thread-safe.
 */
final class Steps {
  private final Life life;
  private final Driver driver;

  Steps(Life life, Driver driver) {
    this.life = life;
    this.driver = driver;
  }

  private Model model() {
    return driver.model();
  }

  /** What something new is expected to meet. */
  private Expected change() {
    if (model().sealed) {
      return Expected.REFUSES;
    }
    return life.kernel().freeMemoryBytes() < Life.SCARCE_BYTES
        ? Expected.MAY_REFUSE
        : Expected.WORKS;
  }

  /** Runs an operation; after it was refused, no descriptor is left of it. */
  private End run(String what, Expected expected, Pending pending, Runnable operation) {
    int before = driver.host().openDescriptors();
    long pinned = life.kernel().pinnedMemoryBytes();
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
      nothingMorePinned(what, pinned);
    }
    return end;
  }

  private void nothingMorePinned(String what, long before) {
    if (life.faults().injected().size() > 1) {
      return; // Undoing it may have been refused as well.
    }
    long after = life.kernel().pinnedMemoryBytes();
    life.witness()
        .check(
            after <= before,
            Invariant.UNDONE,
            "%s was refused, and %d bytes are pinned instead of %d",
            what,
            after,
            before);
  }

  void ioas(String name) {
    boolean known = model().ioases.contains(name);
    Expected expected = known ? Expected.WORKS : change();
    End end = run("ioas " + name, expected, Pending.of(name), () -> driver.session().ioas(name));
    if (end == End.DONE) {
      model().ioases.add(name);
    }
  }

  void bind(PciAddress address, String ioas, Policy policy) {
    Model.Device present = model().devices.get(address);
    Expected expected = change();
    if (present != null) {
      boolean same = present.ioas().equals(ioas) && present.policy() == policy;
      expected = same ? Expected.WORKS : Expected.REFUSES;
    } else if (life.isTaken(address) || !life.isThere(address)) {
      expected = Expected.REFUSES;
    } else if (expected == Expected.WORKS && (life.mayBeTaken(address) || isOutOfReach(ioas))) {
      expected = Expected.MAY_REFUSE;
    }
    boolean pins = present == null && !model().isAttached(ioas);
    String optional = policy == Policy.OPTIONAL ? ", optional" : "";
    End end =
        run(
            "bind %s to %s%s".formatted(address, ioas, optional),
            expected,
            Pending.of(address.toString()),
            () -> driver.session().bind(address, driver.session().ioas(ioas), policy));
    if (end == End.DONE && present == null) {
      recorded();
      Class<?> kind = life.kernel().machine().devices().get(address);
      model().devices.put(address, new Model.Device(address, ioas, policy, kind));
      model().busMaster(address, false);
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

  /** Memory of a process that has ended cannot be pinned again. */
  private boolean isOutOfReach(String ioas) {
    return model().buffersOf(ioas).stream().anyMatch(buffer -> buffer.orphaned);
  }

  /** Attaches a device to another IOAS. */
  void move(PciAddress address, String ioas) {
    Model.Device device = model().devices.get(address);
    String source = device.ioas();
    boolean same = source.equals(ioas);
    boolean unpins = model().isAttachedOnly(address) && !model().buffersOf(source).isEmpty();
    Expected expected = same ? Expected.WORKS : change();
    if (!same && expected == Expected.WORKS) {
      if (unpins && model().perhapsBusMasters.contains(address)) {
        expected = Expected.MAY_REFUSE;
      } else if (unpins && model().busMasters.contains(address)) {
        expected = Expected.REFUSES;
      } else if (isOutOfReach(ioas)) {
        expected = Expected.MAY_REFUSE;
      }
    }
    boolean pins = !same && !model().isAttached(ioas);
    End end =
        run(
            "move %s from %s to %s".formatted(address, source, ioas),
            expected,
            Pending.of(address.toString()),
            () ->
                driver.session().device(address).orElseThrow().moveTo(driver.session().ioas(ioas)));
    if (end == End.DIED || same) {
      return;
    }
    if (end == End.DONE) {
      recorded();
    } else if (life.faults().injected().size() > 1) {
      model().unrecorded.add(address.toString()); // That it stays may not have been recorded.
    }
    Optional<String> now = driver.session().device(address).map(found -> found.ioas().name());
    if (now.isEmpty()) {
      model().devices.remove(address); // It could not be brought back to where it was.
      return;
    }
    model()
        .devices
        .put(address, new Model.Device(address, now.get(), device.policy(), device.kind()));
    if (now.get().equals(ioas) ? pins : unpins) {
      for (Buffer buffer : model().buffersOf(now.get())) {
        buffer.extents = find(buffer).orElseThrow().extents();
      }
    }
  }

  void unbind(PciAddress address) {
    End end =
        run(
            "unbind " + address,
            model().sealed ? Expected.REFUSES : Expected.WORKS,
            Pending.of(address.toString()),
            () -> driver.session().device(address).orElseThrow().close());
    if (end == End.DONE) {
      recorded();
      model().devices.remove(address);
    } else if (end == End.REFUSED && !isBound(address)) {
      model().devices.remove(address);
      model().unrecorded.add(address.toString());
    } else if (end == End.REFUSED) {
      model().perhapsBusMasters.add(address);
    }
  }

  /** A change was acknowledged: what could not be recorded before has been recorded with it. */
  private void recorded() {
    model().unrecorded.clear();
  }

  /** Whether a device is still there after its unbinding was refused: recording it comes last. */
  private boolean isBound(PciAddress address) {
    return driver.session().state().devices().stream()
        .anyMatch(device -> device.address().equals(address));
  }

  /**
   * A new buffer of the session's own memory.
   *
   * @param askedBytes its length, not yet rounded up to pages
   */
  void buffer(Buffer buffer, long askedBytes, MapOptions options) {
    made(
        buffer,
        "buffer " + buffer + (options.iova().isPresent() ? " at its IOVA" : ""),
        () -> driver.session().ioas(buffer.ioas).buffer(buffer.name, askedBytes, options),
        Invariant.ZEROED);
  }

  private void made(Buffer buffer, String what, Supplier<DmaBuffer> operation, Invariant content) {
    Expected expected = model().isAttached(buffer.ioas) ? change() : Expected.REFUSES;
    if (expected == Expected.WORKS && buffer.isContiguous()) {
      expected = Expected.MAY_REFUSE; // There may be no such memory.
    }
    DmaBuffer[] made = new DmaBuffer[1];
    End end = run(what, expected, Pending.of(buffer), () -> made[0] = operation.get());
    if (end == End.DONE) {
      life.witness()
          .check(
              !buffer.isContiguous() || made[0].extents().size() == 1,
              Invariant.PLACED,
              "%s is in %d pieces",
              buffer,
              made[0].extents().size());
      buffer.iova = made[0].iova().start();
      buffer.extents = made[0].extents();
      recorded();
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

  /** Asks for a buffer that is there, as it is or longer. */
  void askAgain(Buffer buffer, boolean longer) {
    int asked = buffer.lengthBytes + (longer ? Life.PAGE_BYTES : 0);
    // Its pages may have moved while no device was attached.
    boolean placed = !buffer.isContiguous() || buffer.extents.size() <= 1;
    boolean same = !longer && placed && buffer.content.name == null && buffer.anonymous == null;
    run(
        "buffer %s again, of %d bytes".formatted(buffer, asked),
        same ? Expected.WORKS : Expected.REFUSES,
        null,
        () -> driver.session().ioas(buffer.ioas).buffer(buffer.name, asked, buffer.options()));
  }

  /** A memfd of the driver's own. */
  void file(Content content) {
    Syscalls process = driver.host().syscalls();
    int fd = process.memfd_create(content.name, MemfdUapi.MFD_EXEC | MemfdUapi.MFD_CLOEXEC);
    process.ftruncate(fd, content.bytes.length);
    boolean[] asked = {false};
    End end =
        run(
            "file %s of %d pages".formatted(content.name, content.bytes.length / Life.PAGE_BYTES),
            model().sealed ? Expected.REFUSES : Expected.WORKS,
            Pending.of(content),
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
      recorded();
      model().files.put(content.name, content);
    } else if (end == End.REFUSED && !asked[0]) {
      process.close(fd);
    }
  }

  /** A part of a memfd of the driver's own. */
  void map(Buffer buffer, MapOptions options) {
    made(
        buffer,
        "map %s of %s from page %d"
            .formatted(buffer, buffer.content.name, buffer.offset / Life.PAGE_BYTES),
        () ->
            driver
                .session()
                .ioas(buffer.ioas)
                .map(
                    buffer.name,
                    driver.session().file(buffer.content.name, () -> -1),
                    buffer.offset,
                    buffer.lengthBytes,
                    options),
        Invariant.SAME_BYTES);
  }

  /** The memory of another buffer once more. */
  void copy(Buffer copy, Buffer source, MapOptions options) {
    made(
        copy,
        "copy %s of %s".formatted(copy, source),
        () -> driver.session().ioas(copy.ioas).copy(copy.name, find(source).orElseThrow(), options),
        Invariant.SAME_BYTES);
  }

  /** Memory of the process, which no live update preserves. */
  void anonymous(Buffer buffer, MapOptions options) {
    MemorySegment memory = buffer.anonymous;
    made(
        buffer,
        "map " + buffer,
        () ->
            driver
                .session()
                .ioas(buffer.ioas)
                .mapAnonymous(buffer.name, memory, options.declaredTransient()),
        Invariant.SAME_BYTES);
    if (driver.isOpen() && !model().buffers.containsKey(buffer.key())) {
      driver.host().syscalls().munmap(memory.address(), buffer.lengthBytes);
    }
  }

  /** Unmaps a buffer. */
  void release(Buffer buffer) {
    DmaBuffer found = find(buffer).orElseThrow();
    End end =
        run(
            "close " + buffer,
            model().sealed ? Expected.REFUSES : Expected.WORKS,
            Pending.of(buffer),
            found::close);
    if (end == End.DONE) {
      life.witness().check(find(buffer).isEmpty(), Invariant.UNDONE, "%s is still there", buffer);
      life.witness().notPinned(found, buffer);
      recorded();
      model().buffers.remove(buffer.key());
      if (buffer.anonymous != null && !buffer.orphaned) {
        driver.host().syscalls().munmap(buffer.anonymous.address(), buffer.lengthBytes);
      }
    } else if (end == End.REFUSED && find(buffer).isEmpty()) {
      model().buffers.remove(buffer.key());
      model().unrecorded.add(buffer.key());
    }
  }
}
