package io.holdfast.engine;

import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.model.Extensions;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.SessionException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An I/O address space that exists now: the engine's half of the public {@code Ioas}. Guarded by
 * the session's lock, but for its name.
 */
public final class LiveIoas {
  final String name;
  final int id;
  final Map<String, LiveMapping> mappings = new LinkedHashMap<>();
  final Set<LiveDevice> devices = new LinkedHashSet<>();

  private final IoasOptions options;
  private Extensions extensions;

  LiveIoas(String name, int id, IoasOptions options, Extensions extensions) {
    this.name = name;
    this.id = id;
    this.options = options;
    this.extensions = extensions;
  }

  /** Records its id with it from now on. */
  void identify() {
    extensions = KernelIds.ofIoas(extensions, id);
  }

  /**
   * Whether its devices are behind an IOMMU: what is mapped has an IOVA for them, and no physical
   * address that the kernel would tell.
   */
  boolean isTranslated() {
    for (LiveDevice device : devices) { // Asked for each mapping.
      if (device.state().behindIommu()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Refuses a device of the other kind: the kernel tells no physical addresses of an IOAS that has
   * devices of both.
   */
  void requireSameKind(PciAddress device, boolean behindIommu) {
    if (!devices.isEmpty() && isTranslated() != behindIommu) {
      throw new SessionException(
          "device %s is %s an IOMMU and the devices of IOAS \"%s\" are %s one"
              .formatted(
                  device,
                  behindIommu ? "behind" : "without",
                  name,
                  behindIommu ? "without" : "behind"),
          "attach it to another IOAS, and map there with copy() what both are to use: the kernel"
              + " tells no physical addresses of an IOAS that has devices of both kinds");
    }
  }

  /** What it was made with. */
  public IoasOptions options() {
    return options;
  }

  /** Its name within the session. */
  public String name() {
    return name;
  }

  IoasState state() {
    return new IoasState(
        name,
        options.allowedIovas(),
        mappings.values().stream().map(LiveMapping::state).toList(),
        extensions);
  }

  /** What the journal says of it while nothing is mapped. */
  IoasAdded added() {
    return new IoasAdded(name, options.allowedIovas(), extensions);
  }

  /** It with other mappings, and without what the kernel calls it. */
  IoasState sealed(List<MappingState> preserved) {
    return new IoasState(name, options.allowedIovas(), preserved, Extensions.NONE);
  }
}
