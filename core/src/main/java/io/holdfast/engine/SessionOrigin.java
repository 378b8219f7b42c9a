package io.holdfast.engine;

import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What of a session does not change while it runs: its name, its journal, its place in the chain of
 * boots.
 *
 * @param name the session's name
 * @param journal the journal's id
 * @param generation how many live updates it has come through
 * @param host the machine
 * @param bootChain the boots it has lived through, this one last
 * @param extensions what a newer version had recorded beside them
 */
record SessionOrigin(
    String name,
    UUID journal,
    long generation,
    HostIdentity host,
    List<UUID> bootChain,
    Extensions extensions) {
  /** A session that begins in this boot. */
  static SessionOrigin fresh(String name, HostIdentity host, UUID bootId) {
    return new SessionOrigin(name, UUID.randomUUID(), 0, host, List.of(bootId), Extensions.NONE);
  }

  /** The next generation of a session that has come over a live update into this boot. */
  static SessionOrigin next(SessionState sealed, HostIdentity host, UUID bootId) {
    List<UUID> chain = new ArrayList<>(sealed.bootChain());
    chain.add(bootId);
    return new SessionOrigin(
        sealed.name(), sealed.journal(), sealed.generation() + 1, host, chain, sealed.extensions());
  }

  UUID bootId() {
    return bootChain.getLast();
  }

  JournalRecord opened() {
    return new SessionOpened(name, journal, generation, host, bootChain);
  }

  /** The header of the journal that this process writes. */
  JournalHeader header() {
    return JournalHeader.ofThisProcess(journal, name, host, bootId(), generation);
  }

  /** The session with these contents, not sealed. */
  SessionState state(LiveObjects live) {
    List<BackingFile> files = live.files.values().stream().map(LiveFile::state).toList();
    List<IoasState> ioases = live.ioases.values().stream().map(LiveIoas::state).toList();
    List<DeviceState> devices = live.devices.values().stream().map(LiveDevice::state).toList();
    return new SessionState(name, journal, generation, host, bootChain, extensions)
        .withContents(files, ioases, devices);
  }
}
