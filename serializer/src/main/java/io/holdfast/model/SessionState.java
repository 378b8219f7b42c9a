package io.holdfast.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Everything a driver has set up: what the journal records while it works, and what a manifest
 * carries over the kexec.
 *
 * <p>Immutable and thread-safe. Constructing one with a missing or impossible value is answered
 * with {@link IllegalArgumentException}. What holds between records (unique names and tokens,
 * mappings inside their files) is checked when a manifest is written and read, because a session
 * that is still being set up need not hold it.
 *
 * @param name the session's name, by {@link Names#checkSession}: it is the live update session's
 *     name and a directory's
 * @param journal the journal it was recorded in
 * @param generation how many live updates it has come through, at least 0: 0 before the first
 * @param host the machine
 * @param bootChain the boot ids it has lived through, at least one, oldest first; the last is the
 *     boot it was recorded in
 * @param sealedAt when it was sealed; empty while it is not
 * @param iommufdToken the live update token of the iommufd, greater than 0, where the kernel took
 *     it; Linux 7.3 does not
 * @param liveUpdateSession the name that the kernel knows the live update session by, where it is
 *     not the session's: systemd gives its own to those it makes; 1 to {@value
 *     Names#MAX_SESSION_BYTES} bytes of UTF-8
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
    Optional<Instant> sealedAt,
    OptionalLong iommufdToken,
    Optional<String> liveUpdateSession,
    List<BackingFile> files,
    List<IoasState> ioases,
    List<DeviceState> devices,
    Extensions extensions) {
  /** A session that is not sealed and has nothing in it yet. */
  public SessionState(
      String name,
      UUID journal,
      long generation,
      HostIdentity host,
      List<UUID> bootChain,
      Extensions extensions) {
    this(
        name,
        journal,
        generation,
        host,
        bootChain,
        Optional.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        extensions);
  }

  public SessionState {
    Names.checkSession(name);
    Checks.notNull("the journal of a session", journal);
    Checks.atLeast("the generation of a session", generation, 0);
    Checks.notNull("the host of a session", host);
    Checks.notNull("the sealing time of a session", sealedAt);
    Checks.notNull("the token of a session's iommufd", iommufdToken);
    if (iommufdToken.isPresent()) {
      Checks.atLeast("the token of a session's iommufd", iommufdToken.getAsLong(), 1);
    }
    Checks.notNull("the name of a session's live update session", liveUpdateSession);
    liveUpdateSession.ifPresent(Names::checkLiveUpdateSession);
    Checks.notNull("the extensions of a session", extensions);
    if (bootChain.isEmpty()) {
      throw new IllegalArgumentException("the boot chain of a session is empty");
    }
    bootChain = List.copyOf(bootChain);
    files = List.copyOf(files);
    ioases = List.copyOf(ioases);
    devices = List.copyOf(devices);
  }

  /** The boot it was recorded in. */
  public UUID bootId() {
    return bootChain.getLast();
  }

  /** The same session, sealed then. */
  public SessionState withSealedAt(Instant newSealedAt) {
    return new SessionState(
        name,
        journal,
        generation,
        host,
        bootChain,
        Optional.of(newSealedAt),
        iommufdToken,
        liveUpdateSession,
        files,
        ioases,
        devices,
        extensions);
  }

  /** The same session whose iommufd the kernel took, or did not. */
  public SessionState withIommufdToken(OptionalLong newToken) {
    return new SessionState(
        name,
        journal,
        generation,
        host,
        bootChain,
        sealedAt,
        newToken,
        liveUpdateSession,
        files,
        ioases,
        devices,
        extensions);
  }

  /** The same session, handed to the kernel in a live update session of this name. */
  public SessionState inLiveUpdateSession(String kernelName) {
    return new SessionState(
        name,
        journal,
        generation,
        host,
        bootChain,
        sealedAt,
        iommufdToken,
        kernelName.equals(name) ? Optional.empty() : Optional.of(kernelName),
        files,
        ioases,
        devices,
        extensions);
  }

  /** What the kernel calls the live update session that it is, or would be, handed over in. */
  public String nameInKernel() {
    return liveUpdateSession.orElse(name);
  }

  /** The same session with these files, IOASes and devices. */
  public SessionState withContents(
      List<BackingFile> newFiles, List<IoasState> newIoases, List<DeviceState> newDevices) {
    return new SessionState(
        name,
        journal,
        generation,
        host,
        bootChain,
        sealedAt,
        iommufdToken,
        liveUpdateSession,
        newFiles,
        newIoases,
        newDevices,
        extensions);
  }

  /** The same session with other unknown fields. */
  public SessionState withExtensions(Extensions newExtensions) {
    return new SessionState(
        name,
        journal,
        generation,
        host,
        bootChain,
        sealedAt,
        iommufdToken,
        liveUpdateSession,
        files,
        ioases,
        devices,
        newExtensions);
  }
}
