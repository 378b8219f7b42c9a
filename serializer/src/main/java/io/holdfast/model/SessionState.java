package io.holdfast.model;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Everything a driver has set up: what the journal records while it works, and what a manifest carries over the kexec.
 *
 * @param name the session's name, 1 to 63 bytes
 * @param journal the journal it was recorded in
 * @param generation how many live updates it has come through: 0 before the first
 * @param host the machine
 * @param bootChain the boot ids it has lived through, oldest first; the last is the boot it was recorded in
 * @param sealedAt when it was sealed
 * @param iommufdToken the live update token of the iommufd, where the kernel took it; Linux 7.3 does not
 * @param files the memfds, by token
 * @param ioases the I/O address spaces
 * @param devices the devices
 * @param extensions fields of a newer minor format
 */
public record SessionState(
    String name,
    UUID journal,
    long generation,
    HostIdentity host,
    List<UUID> bootChain,
    Instant sealedAt,
    OptionalLong iommufdToken,
    List<BackingFile> files,
    List<IoasState> ioases,
    List<DeviceState> devices,
    Extensions extensions) {
  public SessionState {
    bootChain = List.copyOf(bootChain);
    files = List.copyOf(files);
    ioases = List.copyOf(ioases);
    devices = List.copyOf(devices);
  }

  /** The boot it was recorded in. */
  public UUID bootId() {
    return bootChain.getLast();
  }
}
