package io.holdfast.lives;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.lives.Attempt.End;
import io.holdfast.lives.Attempt.Expected;
import io.holdfast.lives.Model.Buffer;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A driver's use of its memory: by the processor, and by the device. Not thread-safe. */
final class Dma {
  private static final int INSIDE = 0x40000;
  private static final int START = 1;
  private static final int TO_MEMORY = 2;

  private final Life life;
  private final Driver driver;

  Dma(Life life, Driver driver) {
    this.life = life;
    this.driver = driver;
  }

  /** Memory of a process, mapped through the seam. */
  @SuppressWarnings("restricted")
  static MemorySegment memory(Syscalls process, long lengthBytes) {
    long address =
        process.mmap(
            lengthBytes,
            MmanUapi.PROT_READ | MmanUapi.PROT_WRITE,
            MmanUapi.MAP_PRIVATE | MmanUapi.MAP_ANONYMOUS,
            -1,
            0);
    return MemorySegment.ofAddress(address).reinterpret(lengthBytes);
  }

  /** The processor writes a part of a buffer. */
  void write() {
    Model model = driver.model();
    List<Buffer> able = model.within(model.buffers.values());
    if (able.isEmpty()) {
      return;
    }
    Buffer buffer = life.dice().of(able);
    int from = life.dice().below(buffer.lengthBytes);
    int to = Math.min(buffer.lengthBytes, from + life.dice().between(1, 3 * Life.PAGE_BYTES));
    life.dice().fill(buffer.content.bytes, buffer.offset + from, buffer.offset + to);
    MemorySegment memory = found(buffer).segment();
    MemorySegment.copy(
        buffer.content.bytes, buffer.offset + from, memory, ValueLayout.JAVA_BYTE, from, to - from);
    life.trace()
        .line("%s: write %d bytes at %d of %s".formatted(driver.name(), to - from, from, buffer));
  }

  private DmaBuffer found(Buffer buffer) {
    return driver.session().ioas(buffer.ioas).find(buffer.name).orElseThrow();
  }

  /** The device copies from one buffer to another, by their physical addresses. */
  void copy() {
    Model model = driver.model();
    LiveSession session = driver.session();
    List<Model.Device> able =
        model.devices.values().stream()
            .filter(device -> reach(device).stream().anyMatch(this::takes))
            .filter(device -> life.isEdu(device.address()))
            .toList();
    if (able.isEmpty()) {
      return;
    }
    Model.Device chosen = life.dice().of(able);
    List<Buffer> reach = reach(chosen);
    Buffer from = life.dice().of(reach);
    Buffer to = life.dice().of(reach.stream().filter(this::takes).toList());
    int length = life.dice().between(1, 512) * Long.BYTES;
    int source = place(from, length);
    int target = place(to, length);
    VfioDevice device = session.device(chosen.address()).orElseThrow();
    long sourceAddress = found(from).physicalAddress(source);
    long targetAddress = found(to).physicalAddress(target);
    End end =
        life.attempt()
            .run(
                "%s: DMA by %s of %d bytes, %s to %s"
                    .formatted(driver.name(), chosen.address(), length, from, to),
                Expected.WORKS,
                () -> {
                  if (!device.isBusMaster()) {
                    device.enableBusMastering();
                  }
                  DeviceRegion bar = device.region(0);
                  transfer(bar, sourceAddress, INSIDE, length, START);
                  transfer(bar, INSIDE, targetAddress, length, START | TO_MEMORY);
                });
    life.noViolations();
    if (end == End.DONE) {
      model.busMaster(chosen.address(), true);
    } else {
      model.perhapsBusMasters.add(chosen.address());
    }
    if (end == End.DIED) {
      driver.died(null);
    } else if (end == End.DONE) {
      System.arraycopy(
          from.content.bytes, from.offset + source, to.content.bytes, to.offset + target, length);
      life.tally().transfers++;
      life.witness().sameBytes(found(to).segment(), to, Invariant.SAME_BYTES);
    }
  }

  /** All devices that can write memory are stopped. */
  void stop() {
    Model model = driver.model();
    for (Model.Device each : List.copyOf(model.devices.values())) {
      if (!model.busMasters.contains(each.address())
          && !model.perhapsBusMasters.contains(each.address())) {
        continue;
      }
      End end =
          life.attempt()
              .run(
                  "%s: stop %s".formatted(driver.name(), each.address()),
                  Expected.WORKS,
                  () ->
                      driver.session().device(each.address()).orElseThrow().disableBusMastering());
      if (end == End.DIED) {
        driver.died(null);
        return;
      }
      if (end == End.DONE) {
        model.busMaster(each.address(), false);
      } else {
        model.perhapsBusMasters.add(each.address());
      }
    }
  }

  /** A device is reset. */
  void reset(PciAddress address) {
    LiveSession session = driver.session();
    VfioDevice device = session.device(address).orElseThrow();
    End end =
        life.attempt()
            .run(
                "%s: reset %s".formatted(driver.name(), address),
                Expected.WORKS,
                () -> {
                  if (device.canReset()) {
                    device.reset();
                  }
                });
    driver.model().perhapsBusMasters.add(address);
    if (end == End.DIED) {
      driver.died(null);
    }
  }

  private List<Buffer> reach(Model.Device device) {
    return driver.model().within(driver.model().buffersOf(device.ioas()));
  }

  private boolean takes(Buffer buffer) {
    return buffer.deviceMayWrite;
  }

  /** An offset such that the transfer stays in one page. */
  private int place(Buffer buffer, int length) {
    int page = life.dice().below(buffer.lengthBytes / Life.PAGE_BYTES);
    int within = life.dice().below((Life.PAGE_BYTES - length) / Long.BYTES + 1) * Long.BYTES;
    return page * Life.PAGE_BYTES + within;
  }

  private static void transfer(
      DeviceRegion bar, long source, long destination, int length, int command) {
    bar.put64(0x80, source);
    bar.put64(0x88, destination);
    bar.put64(0x90, length);
    bar.put64(0x98, command);
  }

  /** Compares everything. */
  void check() {
    life.trace().line("%s: compare everything".formatted(driver.name()));
    life.witness().same(driver.session(), driver.model());
  }
}
