package io.holdfast.lives;

import io.holdfast.DmaBuffer;
import io.holdfast.LiveSession;
import io.holdfast.lives.Model.Buffer;
import io.holdfast.lives.Model.Content;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.ExtentList;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares a session with what its model says it has to hold. Not thread-safe. */
final class Witness {
  private final Attempt attempt;

  Witness(Attempt attempt) {
    this.attempt = attempt;
  }

  /**
   * A restored session has everything, where and as it was.
   *
   * @param mayMiss whether something optional may be missing, because there was a reason
   * @param absent the devices that are not there any more
   */
  void restored(LiveSession session, Model model, boolean mayMiss, Set<PciAddress> absent) {
    RestoreReport report = session.report();
    Set<PciAddress> back = new HashSet<>();
    session.state().devices().stream().map(DeviceState::address).forEach(back::add);
    for (Model.Device device : List.copyOf(model.devices.values())) {
      if (!back.contains(device.address())) {
        boolean allowed =
            device.policy() == Policy.OPTIONAL && (mayMiss || absent.contains(device.address()));
        check(allowed, Invariant.ALL_BACK, "device %s is missing", device.address());
        model.devices.remove(device.address());
      } else if (session.device(device.address()).orElseThrow().isBusMaster()) {
        throw fail(Invariant.DEVICE_STOPPED, "%s can write memory", device.address());
      }
    }
    for (String ioas : model.ioases) {
      check(
          session.ioases().stream().anyMatch(each -> each.name().equals(ioas)),
          Invariant.ALL_BACK,
          "IOAS %s is missing",
          ioas);
    }
    List<Buffer> lost = new ArrayList<>();
    for (Buffer buffer : model.buffers.values()) {
      if (session.ioas(buffer.ioas).find(buffer.name).isEmpty()) {
        boolean allowed =
            buffer.policy == Policy.OPTIONAL && (mayMiss || !model.isAttached(buffer.ioas));
        check(allowed, Invariant.ALL_BACK, "buffer %s is missing", buffer);
        check(
            verdict(report, buffer) != Verdict.SAME,
            Invariant.TRUTH,
            "%s is missing, but reported as the same",
            buffer);
        lost.add(buffer);
      } else {
        check(
            verdict(report, buffer) == Verdict.SAME,
            Invariant.TRUTH,
            "%s is there, but reported as %s",
            buffer,
            verdict(report, buffer));
      }
    }
    model.drop(lost);
    files(session, model, mayMiss, lost);
    check(
        session.state().generation() == model.generation,
        Invariant.TRUTH,
        "generation %d instead of %d",
        session.state().generation(),
        model.generation);
    same(session, model);
  }

  private void files(LiveSession session, Model model, boolean mayMiss, List<Buffer> lost) {
    Map<String, Long> found = new HashMap<>();
    session.state().files().stream()
        .filter(file -> file.origin() == BackingFile.Origin.CALLER)
        .forEach(file -> found.put(file.name(), file.sizeBytes()));
    for (Content content : List.copyOf(model.files.values())) {
      if (!found.containsKey(content.name)) {
        boolean allowed =
            mayMiss
                && lost.stream().anyMatch(buffer -> buffer.content.equals(content))
                && model.buffers.values().stream().noneMatch(b -> b.content.equals(content));
        check(allowed, Invariant.ALL_BACK, "file %s did not come back", content.name);
        model.files.remove(content.name);
      } else {
        check(
            found.get(content.name) == content.bytes.length,
            Invariant.ALL_BACK,
            "file %s has %d bytes",
            content.name,
            found.get(content.name));
      }
    }
  }

  static Verdict verdict(RestoreReport report, Buffer buffer) {
    return report.buffers().stream()
        .filter(each -> each.ioas().equals(buffer.ioas) && each.name().equals(buffer.name))
        .findFirst()
        .map(RestoreReport.BufferResult::verdict)
        .orElse(null);
  }

  /** A session started afresh is empty, and says why. */
  void fresh(LiveSession session, Set<Outcome> truths) {
    check(
        truths.contains(session.report().outcome()),
        Invariant.TRUTH,
        "it says %s (%s), and the truth is %s",
        session.report().outcome(),
        session.report().reason(),
        truths);
    check(session.ioases().isEmpty(), Invariant.RESTORED, "a fresh session has contents");
  }

  /** All of a session is as the model says: addresses, extents and bytes. */
  void same(LiveSession session, Model model) {
    Map<Long, Object> frames = new HashMap<>();
    for (String ioas : model.ioases) {
      check(
          session.ioas(ioas).buffers().size() == model.buffersOf(ioas).size(),
          Invariant.UNDONE,
          "IOAS %s has the buffers %s",
          ioas,
          session.ioas(ioas).buffers().stream().map(DmaBuffer::name).toList());
    }
    for (Buffer buffer : model.buffers.values()) {
      DmaBuffer found =
          session
              .ioas(buffer.ioas)
              .find(buffer.name)
              .orElseThrow(() -> fail(Invariant.ALL_BACK, "buffer %s is gone", buffer));
      same(found, buffer, model.isAttached(buffer.ioas));
      if (model.isAttached(buffer.ioas)) {
        ownFrames(buffer, frames);
      }
    }
  }

  /** Memory that was asked for separately is not the same memory. */
  private void ownFrames(Buffer buffer, Map<Long, Object> frames) {
    for (int offset = 0; offset < buffer.lengthBytes; offset += Life.PAGE_BYTES) {
      long frame = physicalAddress(buffer.extents, offset) / Life.PAGE_BYTES;
      Object before = frames.put(frame, buffer.content);
      check(
          before == null || before.equals(buffer.content),
          Invariant.OWN_FRAMES,
          "frame 0x%x is behind %s and behind another",
          frame,
          buffer);
    }
  }

  private void same(DmaBuffer found, Buffer buffer, boolean pinned) {
    check(
        found.iova().start() == buffer.iova && found.lengthBytes() == buffer.lengthBytes,
        Invariant.ALL_BACK,
        "%s is mapped at %s instead of 0x%x",
        buffer,
        found.iova(),
        buffer.iova);
    if (pinned) {
      check(
          found.extents().equals(buffer.extents),
          Invariant.SAME_EXTENTS,
          "%s is at %s instead of %s",
          buffer,
          found.extents(),
          buffer.extents);
      for (int offset = 0; offset < buffer.lengthBytes; offset += Life.PAGE_BYTES) {
        check(
            found.physicalAddress(offset) == physicalAddress(buffer.extents, offset),
            Invariant.SAME_EXTENTS,
            "byte %d of %s is at 0x%x",
            offset,
            buffer,
            found.physicalAddress(offset));
      }
    } else {
      notPinned(found, buffer);
    }
    if (!buffer.orphaned) {
      sameBytes(found.segment(), buffer, Invariant.SAME_BYTES);
    }
  }

  /** Addresses of memory that is not pinned are not handed out. */
  void notPinned(DmaBuffer found, Buffer buffer) {
    try {
      long address = found.physicalAddress(0);
      throw fail(Invariant.SAME_EXTENTS, "%s is not pinned, but at 0x%x", buffer, address);
    } catch (IllegalStateException expected) {
      // What it documents.
    }
  }

  void sameBytes(MemorySegment memory, Buffer buffer, Invariant invariant) {
    MemorySegment wanted =
        MemorySegment.ofArray(buffer.content.bytes).asSlice(buffer.offset, buffer.lengthBytes);
    long differs = memory.mismatch(wanted);
    check(differs < 0, invariant, "byte %d of %s differs", differs, buffer);
  }

  static long physicalAddress(ExtentList extents, long offset) {
    long left = offset;
    for (int i = 0; i < extents.size(); i++) {
      if (left < extents.lengthBytes(i)) {
        return extents.physicalAddress(i) + left;
      }
      left -= extents.lengthBytes(i);
    }
    return -1;
  }

  void check(boolean holds, Invariant invariant, String detail, Object... arguments) {
    if (!holds) {
      throw fail(invariant, detail, arguments);
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // The annotation would be a library of its own.
  LifeFailed fail(Invariant invariant, String detail, Object... arguments) {
    return attempt.fail(invariant, detail.formatted(arguments), null);
  }
}
