package io.holdfast.lives;

import io.holdfast.journal.JournalReader;
import io.holdfast.lives.Model.Buffer;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Reads a journal after its process has ended: what was acknowledged is in it, and no more. */
final class Recorded {
  private final Attempt attempt;
  private final Path journal;

  Recorded(Attempt attempt, Path journal) {
    this.attempt = attempt;
    this.journal = journal;
  }

  /**
   * Compares the journal with the model.
   *
   * @param pending what may be there or not beside what is not recorded; null for nothing
   */
  void check(Model model, String pending) {
    Set<String> perhaps = new HashSet<>(model.unrecorded);
    perhaps.add(pending);
    SessionState state;
    try {
      state = JournalReader.read(journal).state();
    } catch (HoldfastException e) {
      throw attempt.fail(Invariant.RECORDED, "the journal cannot be read: " + e.getMessage(), e);
    }
    Set<String> ioases = new HashSet<>();
    Map<String, MappingState> mappings = new HashMap<>();
    for (IoasState ioas : state.ioases()) {
      ioases.add(ioas.name());
      ioas.mappings().forEach(it -> mappings.put(Buffer.key(ioas.name(), it.name()), it));
    }
    Map<Long, String> files = new HashMap<>();
    state.files().forEach(file -> files.put(file.token(), file.name()));
    compare("IOAS", model.ioases, ioases, perhaps);
    compare("buffer", model.buffers.keySet(), mappings.keySet(), perhaps);
    Set<String> devices = new HashSet<>();
    state.devices().stream().map(DeviceState::address).forEach(it -> devices.add(it.toString()));
    Set<String> bound = new HashSet<>();
    model.devices.keySet().stream().map(PciAddress::toString).forEach(bound::add);
    compare("device", bound, devices, perhaps);
    for (DeviceState device : state.devices()) {
      Model.Device known = model.devices.get(device.address());
      attempt.check(
          perhaps.contains(device.address().toString()) || known.ioas().equals(device.ioas()),
          Invariant.RECORDED,
          "the journal has %s on IOAS %s".formatted(known, device.ioas()));
    }
    Set<String> named = new HashSet<>();
    state.files().stream()
        .filter(file -> file.origin() == BackingFile.Origin.CALLER)
        .forEach(file -> named.add(file.name()));
    compare("file", model.files.keySet(), named, perhaps);
    for (Buffer buffer : model.buffers.values()) {
      if (!perhaps.contains(buffer.key())) {
        same(buffer, mappings.get(buffer.key()), files, model.isAttached(buffer.ioas));
      }
    }
  }

  private void compare(String what, Set<String> wanted, Set<String> found, Set<String> perhaps) {
    Set<String> differ = new HashSet<>(wanted);
    differ.removeAll(found);
    Set<String> more = new HashSet<>(found);
    more.removeAll(wanted);
    differ.addAll(more);
    differ.removeAll(perhaps);
    attempt.check(
        differ.isEmpty(),
        Invariant.RECORDED,
        "the journal has %s %s instead of %s".formatted(what, found, wanted));
  }

  private void same(Buffer buffer, MappingState found, Map<Long, String> files, boolean pinned) {
    boolean same =
        found.iova().start() == buffer.iova
            && found.iova().lengthBytes() == buffer.lengthBytes
            && (!pinned || found.extents().equals(buffer.extents))
            && found.policy() == buffer.policy
            && found.writeable() == buffer.deviceMayWrite;
    if (found.backing() instanceof MappingState.File part && buffer.content.name != null) {
      same &= part.offsetBytes() == buffer.offset;
      same &= buffer.content.name.equals(files.get(part.token()));
    }
    attempt.check(same, Invariant.RECORDED, "the journal has %s as %s".formatted(buffer, found));
  }
}
