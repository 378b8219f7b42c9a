package io.holdfast.engine;

import io.holdfast.linux.FileIdentity;
import io.holdfast.linux.Memfd;
import io.holdfast.model.MappingState;
import io.holdfast.model.Names;
import io.holdfast.model.Policy;
import io.holdfast.session.MapOptions;
import io.holdfast.session.Placement;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Undo;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Finds what a driver asks for by name, or has it made; refuses a name that stands for something
 * else than what is asked for.
 *
 * <p>Guarded by the session's lock.
 */
final class BufferRequests {
  /** More than any machine can map; keeps arithmetic on offsets from overflowing. */
  private static final long MAX_LENGTH_BYTES = 1L << 52;

  private final LiveObjects live;
  private final BufferFactory factory;
  private final long pageBytes;

  BufferRequests(LiveObjects live, BufferFactory factory, long pageBytes) {
    this.live = live;
    this.factory = factory;
    this.pageBytes = pageBytes;
  }

  /** A buffer of the session's own memory, if it is there. */
  Optional<LiveMapping> findPooled(
      LiveIoas ioas, String name, long lengthBytes, MapOptions options) {
    if (lengthBytes <= 0 || lengthBytes > MAX_LENGTH_BYTES) {
      throw new IllegalArgumentException(
          "buffer \"" + name + "\" needs a length of 1 to 2^52 bytes, not " + lengthBytes);
    }
    if (options.transientMemory()) {
      throw new SessionException(
          "buffer \"" + name + "\" is memory of the session, which is always preserved",
          "leave declaredTransient() out, or use mapAnonymous() for memory that may be lost");
    }
    Optional<LiveMapping> present =
        present(ioas, name, Math.ceilDiv(lengthBytes, pageBytes) * pageBytes, options);
    present.ifPresent(mapping ->
        requireSameMemory(
            mapping, mapping.file() != null && mapping.file().isPool(), "memory of the session"));
    return present;
  }

  /** A new buffer of the session's own memory. */
  LiveMapping makePooled(LiveIoas ioas, String name, long lengthBytes, MapOptions options) {
    requireMappable(ioas, name, options);
    return factory.create(ioas, name, lengthBytes, options);
  }

  /** A buffer that is a part of a memfd of the driver's, if it is there. */
  Optional<LiveMapping> findPart(
      LiveIoas ioas,
      String name,
      LiveFile file,
      long offsetBytes,
      long lengthBytes,
      MapOptions options) {
    if (!live.owns(file)) {
      throw new SessionException(
          "memfd \"" + file.state().name() + "\" belongs to another session",
          "map files that file() of this session returned");
    }
    if (options.transientMemory()) {
      throw new SessionException(
          "buffer \"" + name + "\" is a part of a memfd, which is always preserved",
          "leave declaredTransient() out, or use mapAnonymous() for memory that may be lost");
    }
    Optional<LiveMapping> present = present(ioas, name, lengthBytes, options);
    present.ifPresent(mapping ->
        requireSameMemory(
            mapping,
            mapping.state().backing().equals(new MappingState.File(file.token(), offsetBytes)),
            "memfd \"%s\" at %d".formatted(file.state().name(), offsetBytes)));
    return present;
  }

  /** A new buffer that is a part of a memfd of the driver's. */
  LiveMapping makePart(
      LiveIoas ioas,
      String name,
      LiveFile file,
      long offsetBytes,
      long lengthBytes,
      MapOptions options) {
    requireMappable(ioas, name, options);
    return factory.map(ioas, name, file, offsetBytes, lengthBytes, options);
  }

  /** A buffer that is the memory of another one, if it is there. */
  Optional<LiveMapping> findCopy(
      LiveIoas ioas, String name, LiveMapping source, MapOptions options) {
    if (source.file() == null) {
      throw new SessionException(
          source.what() + " is memory of a process, so it is not copied as \"" + name + "\"",
          "map the same memory in the other IOAS with mapAnonymous()");
    }
    if (!live.owns(source.ioas()) || !BufferFactory.isMapped(source)) {
      throw new IllegalStateException(
          source.what() + " is closed, or is another session's: nothing can be copied");
    }
    if (options.transientMemory()) {
      throw new SessionException(
          "buffer \"" + name + "\" is a copy of memory that is always preserved",
          "leave declaredTransient() out");
    }
    Optional<LiveMapping> present = present(ioas, name, source.iova().lengthBytes(), options);
    present.ifPresent(mapping ->
        requireSameMemory(
            mapping,
            mapping.state().backing().equals(source.state().backing()),
            "the memory of " + source.what()));
    return present;
  }

  /** The memory of another buffer once more. */
  LiveMapping makeCopy(LiveIoas ioas, String name, LiveMapping source, MapOptions options) {
    requireMappable(ioas, name, options);
    return factory.copy(ioas, name, source, options);
  }

  /** Memory of this process, which a live update does not preserve. */
  LiveMapping mapAnonymous(LiveIoas ioas, String name, MemorySegment memory, MapOptions options) {
    if (ioas.mappings.containsKey(name)) {
      throw new SessionException(
          "IOAS \"" + ioas.name + "\" already has a buffer \"" + name + "\"",
          "choose another name");
    }
    requireMappable(ioas, name, options);
    requireMapsAsIs(name, memory, options);
    LiveMapping mapping = factory.mapAnonymous(ioas, name, memory, options);
    try (Undo undo = new Undo()) {
      undo.with(() -> factory.release(mapping));
      if (!memory.scope().isAlive()) {
        throw freed(name);
      }
      undo.forget();
      return mapping;
    }
  }

  private void requireMapsAsIs(String name, MemorySegment memory, MapOptions options) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException(
          "buffer \""
              + name
              + "\" is memory of the Java heap, which has no fixed address; use"
              + " native memory (Arena.allocate)");
    }
    if (!memory.scope().isAlive()) {
      throw freed(name);
    }
    if (memory.isReadOnly() && options.deviceMayWrite()) {
      throw new IllegalArgumentException(
          "buffer \""
              + name
              + "\" is a read-only segment, which the device could write; map it"
              + " readOnlyForDevice()");
    }
    if (memory.byteSize() == 0
        || memory.byteSize() % pageBytes != 0
        || memory.address() % pageBytes != 0) {
      throw new IllegalArgumentException(
          "buffer \"%s\" needs whole pages of %d bytes, not %d bytes at 0x%x"
              .formatted(name, pageBytes, memory.byteSize(), memory.address()));
    }
  }

  private static IllegalArgumentException freed(String name) {
    return new IllegalArgumentException(
        "buffer \"" + name + "\" is memory of an arena that is closed");
  }

  /** A memfd of the driver's by its name, restored or adopted before. */
  Optional<LiveFile> findFile(String name) {
    Optional<LiveFile> named =
        live.files.values().stream().filter(file -> file.state().name().equals(name)).findFirst();
    if (named.isPresent() && named.get().isPool()) {
      throw new SessionException(
          "the session has a memory pool named \"" + name + "\"", "choose another name");
    }
    return named;
  }

  /** Refuses a name that got a memfd while another one was made for it. */
  void requireNoFile(String name) {
    if (findFile(name).isPresent()) {
      throw new SessionException(
          "memfd \"" + name + "\" was made while its supplier ran", "make it in one place");
    }
  }

  /** Closes a descriptor that a supplier made, unless it is one of the session's. */
  void refuse(int fd) {
    if (live.files.values().stream().noneMatch(file -> file.memfd.isNumber(fd))) {
      live.syscalls.close(fd);
    }
  }

  /** Takes over a memfd of the driver's; whatever happens, the descriptor is the session's. */
  LiveFile adopt(String name, int fd) {
    Optional<LiveFile> same =
        live.files.values().stream().filter(file -> file.memfd.isNumber(fd)).findFirst();
    if (same.isPresent()) {
      throw new SessionException(
          "descriptor "
              + fd
              + " is memfd \""
              + same.get().state().name()
              + "\" of this session"
              + " already",
          "give every file() a memfd of its own");
    }
    try (Undo undo = new Undo()) {
      Memfd memfd = undo.closes(new Memfd(live.syscalls, fd, name));
      memfd.requirePreservable();
      FileIdentity identity = memfd.identity();
      for (LiveFile file : live.files.values()) {
        if (file.identity().equals(identity)) {
          throw new SessionException(
              "the memfd for \""
                  + name
                  + "\" is the one that the session has as \""
                  + file.state().name()
                  + "\"",
              "give every file() a memfd of its own");
        }
      }
      LiveFile file = factory.adopt(name, memfd);
      undo.forget();
      return file;
    }
  }

  private Optional<LiveMapping> present(
      LiveIoas ioas, String name, long lengthBytes, MapOptions options) {
    LiveMapping mapping = ioas.mappings.get(name);
    if (mapping == null) {
      return Optional.empty();
    }
    MappingState state = mapping.state();
    requireSame(mapping, "has", state.iova().lengthBytes() + " bytes", lengthBytes + " bytes");
    if (options.iova().isPresent()) {
      requireSame(
          mapping,
          "is mapped at",
          "0x%x".formatted(state.iova().start()),
          "0x%x".formatted(options.iova().getAsLong()));
    }
    requireSame(mapping, "is", writing(state.writeable()), writing(options.deviceMayWrite()));
    requireSame(mapping, "is", policy(state.policy()), policy(options.policy()));
    requireLiesWhere(mapping, options.placement());
    NumaPlacement.requireOn(live.syscalls, mapping, options.placement().numaNode());
    return Optional.of(mapping);
  }

  /** Where it lies is where it lay: what else is asked for now cannot be had for this name. */
  private static void requireLiesWhere(LiveMapping mapping, Placement placement) {
    String problem =
        mapping.ioas().isTranslated()
            ? placement.problem(mapping.iova())
            : placement.problem(mapping.state().extents());
    if (!problem.isEmpty()) {
      throw new SessionException(
          "%s of IOAS \"%s\" %s".formatted(mapping.what(), mapping.ioas().name, problem),
          "ask for it as it was made, or close it and make another");
    }
  }

  private static String writing(boolean deviceMayWrite) {
    return deviceMayWrite ? "writeable for the device" : "read-only for the device";
  }

  private static String policy(Policy policy) {
    return policy == Policy.REQUIRED ? "required" : "optional";
  }

  private static void requireSame(LiveMapping mapping, String verb, String found, String asked) {
    if (!found.equals(asked)) {
      throw new SessionException(
          "%s of IOAS \"%s\" %s %s, not %s"
              .formatted(mapping.what(), mapping.ioas().name, verb, found, asked),
          "ask for it as it was made, or close it and make another");
    }
  }

  /** A name stands for one piece of memory; the caller must mean the same. */
  private static void requireSameMemory(LiveMapping mapping, boolean same, String asked) {
    if (!same) {
      String is =
          switch (mapping.state().backing()) {
            case MappingState.File part ->
                "memfd \"%s\" at %d".formatted(mapping.file().state().name(), part.offsetBytes());
            case MappingState.Anonymous anonymous -> "memory of this process";
          };
      requireSame(mapping, "is", is, asked);
    }
  }

  private void requireMappable(LiveIoas ioas, String name, MapOptions options) {
    Names.check("the name of a buffer", name);
    if (ioas.devices.isEmpty()) {
      throw new SessionException(
          "IOAS \""
              + ioas.name
              + "\" has no device, so buffer \""
              + name
              + "\" would not be pinned",
          "bind a device to the IOAS first");
    }
    NumaPlacement.requireNode(live.syscalls, name, options.placement().numaNode());
  }
}
