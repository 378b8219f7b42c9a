package io.holdfast.serializer;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Writes manifests, and beside each what {@code tests/manifest/manifest.c} has to print of it.
 *
 * <p>For {@code tests/manifest/run}; arguments: the directory, how many, the seed.
 */
final class ManifestLines {
  private final List<String> lines = new ArrayList<>();

  private ManifestLines() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    RandomSessions sessions = new RandomSessions(new Random(Long.parseLong(arguments[2])));
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      SessionState session = sessions.session();
      Files.write(directory.resolve(i + ".manifest"), Manifest.encode(session));
      Files.write(directory.resolve(i + ".lines"), new ManifestLines().of(session));
    }
  }

  private List<String> of(SessionState session) {
    add("session %s".formatted(quoted(session.name())));
    add("journal %s".formatted(hex(session.journal())));
    add("generation %d".formatted(session.generation()));
    HostIdentity host = session.host();
    add(
        "host %s kernel %s architecture %s page %d"
            .formatted(
                quoted(host.machineId()),
                quoted(host.kernelRelease()),
                quoted(host.architecture()),
                host.pageSizeBytes()));
    session.bootChain().forEach(boot -> add("boot %s".formatted(hex(boot))));
    session
        .sealedAt()
        .ifPresent(at -> add("sealed %d %d".formatted(at.getEpochSecond(), at.getNano())));
    session.iommufdToken().ifPresent(token -> add("iommufd %d".formatted(token)));
    session.liveUpdateSession().ifPresent(name -> add("kernel-session %s".formatted(quoted(name))));
    session.files().forEach(this::add);
    session.ioases().forEach(this::add);
    session.devices().forEach(this::add);
    return lines;
  }

  private void add(BackingFile file) {
    add(
        "file %d %s %d %s%s"
            .formatted(
                file.token(),
                quoted(file.name()),
                file.sizeBytes(),
                file.origin() == BackingFile.Origin.POOL ? "pool" : "caller",
                file.crc32c().isPresent()
                    ? " crc32c 0x" + Long.toHexString(file.crc32c().getAsLong())
                    : ""));
  }

  private void add(IoasState ioas) {
    add("ioas %s".formatted(quoted(ioas.name())));
    ioas.allowedIovas()
        .forEach(window -> add("window 0x%x 0x%x".formatted(window.first(), window.last())));
    for (MappingState mapping : ioas.mappings()) {
      add(
          "mapping %s 0x%x %d %s %s%s%s"
              .formatted(
                  quoted(mapping.name()),
                  mapping.iova().start(),
                  mapping.iova().lengthBytes(),
                  !mapping.writeable() ? "read" : mapping.readable() ? "read-write" : "write",
                  switch (mapping.backing()) {
                    case MappingState.File file ->
                        "file %d %d".formatted(file.token(), file.offsetBytes());
                    case MappingState.Anonymous memory ->
                        memory.declaredTransient() ? "memory transient" : "memory";
                  },
                  mapping.numaNode().isPresent()
                      ? " numa-node " + mapping.numaNode().getAsInt()
                      : "",
                  mapping.policy() == Policy.OPTIONAL ? " optional" : ""));
      ExtentList extents = mapping.extents();
      for (int i = 0; i < extents.size(); i++) {
        add("extent 0x%x %d".formatted(extents.physicalAddress(i), extents.lengthBytes(i)));
      }
    }
  }

  private void add(DeviceState device) {
    PciAddress address = device.address();
    PciIdentity identity = device.identity();
    add(
        "device %s %x %x %x %x %x %x ioas %s%s%s%s%s%s"
            .formatted(
                address,
                identity.vendorId(),
                identity.deviceId(),
                identity.subsystemVendorId(),
                identity.subsystemId(),
                identity.classCode(),
                identity.revision(),
                quoted(device.ioas()),
                identity.serial().map(serial -> " serial " + quoted(serial)).orElse(""),
                device.token().isPresent() ? " token " + device.token().getAsLong() : "",
                device.behindIommu() ? " behind-iommu" : "",
                device.ownPageTable() ? " own-page-table" : "",
                device.policy() == Policy.OPTIONAL ? " optional" : ""));
  }

  private void add(String line) {
    lines.add(line);
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  private static String hex(UUID id) {
    return id.toString().replace("-", "");
  }
}
