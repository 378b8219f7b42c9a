package io.holdfast.engine;

import io.holdfast.linux.Iommufd;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Syscalls;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The kernel objects of one session that exist now. Guarded by the session's lock. */
final class LiveObjects implements AutoCloseable {
  final Syscalls syscalls;
  final Iommufd iommufd;
  final Map<String, LiveIoas> ioases = new LinkedHashMap<>();
  final Map<PciAddress, LiveDevice> devices = new LinkedHashMap<>();
  final TreeMap<Long, LiveFile> files = new TreeMap<>();

  LiveObjects(Syscalls syscalls, Iommufd iommufd) {
    this.syscalls = syscalls;
    this.iommufd = iommufd;
  }

  /** A token no file has: tokens begin at 1, the manifest has 0. */
  long nextToken() {
    return files.isEmpty() ? 1 : files.lastKey() + 1;
  }

  Stream<LiveMapping> mappings() {
    return ioases.values().stream().flatMap(ioas -> ioas.mappings.values().stream());
  }

  /** Closes everything, devices first, so that no device outlives what it can reach. */
  @Override
  public void close() {
    devices.values().forEach(LiveDevice::close);
    mappings().forEach(LiveMapping::close);
    iommufd.close();
    files.values().forEach(file -> file.memfd.close());
  }
}
