package io.holdfast.sim;

import io.holdfast.sim.LuoSession.PreservedFile;
import io.holdfast.sim.SessionLog.SavedFile;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The Live Update Orchestrator: sessions for the next kernel and from the one before ({@code
 * kernel/liveupdate/}).
 *
 * <p>What has to survive the death of this process is written to the machine's directory before a
 * request is answered.
 */
final class LiveUpdate {
  private final SimulatedKernel kernel;
  private final SessionLog log;
  private final Map<String, LuoSession> incoming = new LinkedHashMap<>();
  private final Map<String, LuoSession> outgoing = new LinkedHashMap<>();

  /** Files in any session: outgoing, or retrieved and not finished. */
  private final Set<MemoryFile> preserved = new HashSet<>();

  private boolean opened;

  LiveUpdate(SimulatedKernel kernel, SessionLog log) {
    this.kernel = kernel;
    this.log = log;
  }

  /** The sessions of the previous kernel that nobody has retrieved yet. */
  Set<String> waiting() {
    return incoming.values().stream()
        .filter(session -> !session.isRetrieved())
        .map(LuoSession::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  Map<String, LuoSession> incoming() {
    return incoming;
  }

  Map<String, LuoSession> outgoing() {
    return outgoing;
  }

  /** {@code /dev/liveupdate} has one opener. */
  void open() {
    if (opened) {
      throw Failure.of(Errno.EBUSY);
    }
    opened = true;
  }

  void close() {
    opened = false;
  }

  LuoSession create(String name) {
    if (name.isEmpty()) {
      throw Failure.of(Errno.EINVAL);
    }
    if (outgoing.containsKey(name)) {
      throw Failure.of(Errno.EEXIST);
    }
    LuoSession session = new LuoSession(name, false);
    log.created(name);
    outgoing.put(name, session);
    return session;
  }

  LuoSession retrieve(String name) {
    LuoSession session = incoming.get(name);
    if (session == null) {
      throw Failure.of(Errno.ENOENT);
    }
    if (session.isRetrieved()) {
      throw Failure.of(Errno.EINVAL);
    }
    // If its holder dies now, it and all that is in it are gone.
    log.taken(name);
    session.setRetrieved();
    return session;
  }

  void preserve(LuoSession session, long token, OpenFile file) {
    if (!(file instanceof MemfdFile memfd) || memfd.memory().isHugetlb()) {
      throw Failure.of(Errno.ENOENT);
    }
    MemoryFile memory = memfd.memory();
    if (preserved.contains(memory)) {
      throw Failure.of(Errno.EBUSY);
    }
    memory.populate(0, memory.pages());
    for (int pfn : memory.frames()) {
      kernel.memory().pin(pfn);
    }
    memory.freeze(true);
    SavedFile saved = log.preserved(session.name(), token, memfd);
    preserved.add(memory);
    memfd.hold();
    session.files().put(token, new PreservedFile(memory, memfd, saved));
  }

  /** A kexec begins: each file goes as it was preserved, but for its position. */
  void freeze() {
    for (LuoSession session : outgoing.values()) {
      session
          .files()
          .forEach((token, file) ->
              log.moved(session.name(), token, file.saved.at(file.file.position())));
    }
  }

  MemfdFile retrieveFile(SimulatedProcess caller, LuoSession session, long token) {
    PreservedFile file = session.files().get(token);
    if (file == null) {
      throw Failure.of(Errno.ENOENT);
    }
    if (file.errno != 0) {
      throw Failure.of(file.errno);
    }
    if (file.file == null) {
      charge(caller, file);
      MemfdFile memfd = new MemfdFile(file.memory);
      memfd.setPosition(file.saved.position());
      memfd.hold();
      file.memory.put();
      file.memory.freeze(false);
      file.file = memfd;
      preserved.add(file.memory);
      // The new file is made executable and then given the seals it had: F_SEAL_EXEC brings the
      // others with it.
      if (file.memory.isSealed(FcntlUapi.F_SEAL_EXEC)) {
        file.memory.addSeals(FcntlUapi.F_SEAL_EXEC);
      }
    }
    return file.file;
  }

  private void charge(SimulatedProcess caller, PreservedFile file) {
    long bytes = (long) file.memory.pages() << PhysicalMemory.PAGE_SHIFT;
    int errno = kernel.boot().takePlannedRetrieveFailure();
    boolean tooMuch = !caller.chargeMemoryCgroup(bytes);
    if (tooMuch || errno != 0) {
      file.errno = tooMuch ? Errno.ENOMEM : errno;
      file.memory.put();
      if (tooMuch) {
        caller.kill("the memory cgroup has no room for " + bytes + " bytes of a retrieved file");
      }
      throw Failure.of(errno);
    }
  }

  /** FINISH: what was retrieved is the retriever's alone, the rest is discarded. */
  void finish(LuoSession session) {
    for (PreservedFile file : session.files().values()) {
      if (file.file != null) {
        preserved.remove(file.memory);
        file.file.put();
      } else if (file.errno == 0) {
        file.memory.put();
      }
    }
    session.files().clear();
  }

  /** The session's last descriptor is gone. */
  void close(LuoSession session) {
    if (session.isIncoming()) {
      finish(session);
      incoming.remove(session.name());
      return;
    }
    for (PreservedFile file : session.files().values()) {
      preserved.remove(file.memory);
      file.memory.freeze(false);
      for (int pfn : file.memory.frames()) {
        kernel.memory().unpin(pfn);
      }
    }
    // The record goes first: the files' bytes are deleted with their last reference.
    log.closed(session.name());
    session.files().values().forEach(file -> file.file.put());
    session.files().clear();
    outgoing.remove(session.name());
  }
}
