package io.holdfast.vm;

import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.engine.HostProcess;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.session.MapOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** A small session with one device and one buffer, whose content and addresses are noted. */
record Sample(String name, PciAddress device) {
  static final long IOVA = 0x5_0000_0000L;
  private static final long LENGTH_BYTES = 1 << 20;

  /** Opens it; the same calls at first and after a kexec. */
  LiveSession open(Host host) {
    return open(host, Guest.SESSIONS);
  }

  /** As {@link #open(Host)}, with its files in a folder of the caller's. */
  LiveSession open(Host host, Path stateDirectory) {
    LiveSession session = LiveSession.openOrRestore(host, name, stateDirectory);
    boolean complete = false;
    try {
      buffer(session);
      complete = true;
      return session;
    } finally {
      if (!complete) {
        session.close();
      }
    }
  }

  DmaBuffer buffer(LiveSession session) {
    Ioas ioas = session.ioas("rings");
    session.bind(device, ioas);
    return ioas.buffer("memory", LENGTH_BYTES, MapOptions.defaults().at(IOVA));
  }

  /** Fills the buffer and hands the session to the kernel. */
  void preserve(LiveSession session, Notes notes) {
    DmaBuffer buffer = buffer(session);
    Content.fill(buffer, name.hashCode());
    SessionState sealed = session.preserve().sealed();
    MappingState mapping = sealed.ioases().getFirst().mappings().getFirst();
    MappingState.File file = (MappingState.File) mapping.backing();
    notes.put(name + ".token", file.token());
    notes.put(name + ".offset", file.offsetBytes());
    notes.put(name + ".checksum", Content.checksum(buffer));
    notes.put(name + ".extents", buffer.extents());
  }

  /** Everything is as it was noted. */
  String compare(LiveSession session, Notes notes) {
    DmaBuffer buffer = buffer(session);
    require(session.isRestored(), "started fresh: %s", session.report().reason());
    String extents = buffer.extents().toString();
    require(
        extents.equals(notes.get(name + ".extents")),
        "%s, not %s",
        extents,
        notes.get(name + ".extents"));
    String checksum = Content.checksum(buffer);
    require(
        checksum.equals(notes.get(name + ".checksum")),
        "the content differs: CRC-32C %s",
        checksum);
    return buffer.extents().size() + " extents, CRC-32C " + checksum;
  }

  /** The kernel still has the session: this process has not taken it. */
  String isNotTaken(Host host) {
    require(keptDescriptor(host).isEmpty(), "this process has taken session %s", name);
    return "session " + name + " is not open in this process";
  }

  /**
   * The kernel still has the memory, byte for byte: in the session that this process has kept open,
   * or, if it was never taken, in the one it takes now.
   */
  String isStillThere(Host host, Notes notes) {
    LuoSession kept =
        keptDescriptor(host)
            .map(fd -> new LuoSession(HostProcess.of(host).syscalls(), fd, name))
            .orElseGet(() -> taken(host));
    int file = kept.retrieve(Long.parseLong(notes.get(name + ".token")));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(LENGTH_BYTES);
      long read =
          HostProcess.of(host)
              .syscalls()
              .pread(file, bytes, Long.parseLong(notes.get(name + ".offset")));
      require(read == LENGTH_BYTES, "pread answered %d", read);
      CRC32C crc = new CRC32C();
      crc.update(bytes.asByteBuffer());
      String checksum = Long.toHexString(crc.getValue());
      require(
          checksum.equals(notes.get(name + ".checksum")),
          "the content differs: CRC-32C %s",
          checksum);
      return read + " bytes, CRC-32C " + checksum;
    } finally {
      HostProcess.of(host).syscalls().close(file);
    }
  }

  private LuoSession taken(Host host) {
    try (LiveUpdate liveUpdate = LiveUpdate.open(HostProcess.of(host).syscalls())) {
      return liveUpdate
          .retrieve(name)
          .orElseThrow(() -> new AssertionError("the kernel does not hold session " + name));
    }
  }

  private Optional<Integer> keptDescriptor(Host host) {
    List<String> descriptors = new ArrayList<>();
    HostProcess.of(host).syscalls().listFolder("/proc/self/fd", descriptors);
    for (String descriptor : descriptors) {
      List<String> target = new ArrayList<>();
      HostProcess.of(host)
          .syscalls()
          .readLink(Path.of("/proc/self/fd", descriptor).toString(), target);
      if (target.equals(List.of("anon_inode:[luo_session] " + name))) {
        return Optional.of(Integer.parseInt(descriptor));
      }
    }
    return Optional.empty();
  }
}
