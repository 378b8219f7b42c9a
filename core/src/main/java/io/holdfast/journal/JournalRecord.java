package io.holdfast.journal;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaWindow;
import io.holdfast.model.MappingState;
import io.holdfast.model.Names;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * One thing that happened to a session.
 *
 * <p>A record whose name is none by {@link Names} cannot be made, so none is ever written.
 *
 * <p>Records are only ever added to a journal. A later record with the same key (token, name,
 * address) replaces the earlier one; a removal is a record too. {@link JournalFold} says what each
 * does to the state. Immutable.
 */
public sealed interface JournalRecord {
  /**
   * A session begins; whatever was recorded before it is forgotten.
   *
   * @param name the session's name
   * @param journal the journal it is recorded in
   * @param generation how many live updates it has come through, at least 0
   * @param host the machine
   * @param bootChain the boot ids it has lived through, oldest first, at least one
   * @param extensions fields of a newer minor format
   */
  record SessionOpened(
      String name,
      UUID journal,
      long generation,
      HostIdentity host,
      List<UUID> bootChain,
      Extensions extensions)
      implements JournalRecord {
    public SessionOpened {
      Names.checkSession(name);
      bootChain = List.copyOf(bootChain);
      if (bootChain.isEmpty() || generation < 0) {
        throw new IllegalArgumentException(
            "a session needs a boot id and a generation of at least 0");
      }
    }

    /** The same as the model has it: not sealed, and with nothing in it. */
    SessionState session() {
      return new SessionState(name, journal, generation, host, bootChain, extensions);
    }

    /** A session without unknown fields. */
    public SessionOpened(
        String name, UUID journal, long generation, HostIdentity host, List<UUID> bootChain) {
      this(name, journal, generation, host, bootChain, Extensions.NONE);
    }
  }

  /**
   * A memfd was made or changed.
   *
   * @param file what it is now; its token is the key
   */
  record FileAdded(BackingFile file) implements JournalRecord {}

  /**
   * A memfd was given up.
   *
   * @param token its token
   */
  record FileRemoved(long token) implements JournalRecord {}

  /**
   * An I/O address space was allocated.
   *
   * @param name its name
   * @param allowedIovas the windows that the kernel chooses IOVAs from; none for all
   * @param extensions fields of a newer minor format
   */
  record IoasAdded(String name, List<IovaWindow> allowedIovas, Extensions extensions)
      implements JournalRecord {
    public IoasAdded {
      Names.check("the name of an IOAS", name);
      allowedIovas = List.copyOf(allowedIovas);
    }

    /** The IOAS without its mappings. */
    public IoasAdded(IoasState ioas) {
      this(ioas.name(), ioas.allowedIovas(), ioas.extensions());
    }

    /** An IOAS of which the kernel may choose any IOVA. */
    public IoasAdded(String name, Extensions extensions) {
      this(name, List.of(), extensions);
    }

    /** What it is while nothing is mapped. */
    IoasState ioas() {
      return new IoasState(name, allowedIovas, List.of(), extensions);
    }

    /** An IOAS without unknown fields. */
    public IoasAdded(String name) {
      this(name, Extensions.NONE);
    }
  }

  /**
   * An I/O address space was destroyed, and with it its mappings.
   *
   * @param name its name
   */
  record IoasRemoved(String name) implements JournalRecord {
    public IoasRemoved {
      Names.check("the name of an IOAS", name);
    }
  }

  /**
   * A mapping was made, or its extents changed.
   *
   * @param ioas the name of its IOAS
   * @param mapping what it is now; its name is the key within the IOAS
   */
  record MappingAdded(String ioas, MappingState mapping) implements JournalRecord {
    public MappingAdded {
      Names.check("the name of an IOAS", ioas);
    }
  }

  /**
   * A mapping was undone.
   *
   * @param ioas the name of its IOAS
   * @param name its name
   */
  record MappingRemoved(String ioas, String name) implements JournalRecord {
    public MappingRemoved {
      Names.check("the name of an IOAS", ioas);
      Names.check("the name of a mapping", name);
    }
  }

  /**
   * A device was bound and attached, or what is known of it changed.
   *
   * @param device what it is now; its address is the key
   */
  record DeviceBound(DeviceState device) implements JournalRecord {}

  /**
   * A device was given back.
   *
   * @param address where it sits
   */
  record DeviceUnbound(PciAddress address) implements JournalRecord {}

  /**
   * The session was sealed into a manifest for a live update.
   *
   * @param at when
   * @param manifestSha256 the manifest's SHA-256, 32 bytes
   */
  @SuppressWarnings("ArrayRecordComponent") // copied both ways, and compared by content
  record Sealed(Instant at, byte[] manifestSha256) implements JournalRecord {
    public Sealed {
      if (manifestSha256.length != 32) {
        throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + manifestSha256.length);
      }
      manifestSha256 = manifestSha256.clone();
    }

    @Override
    public byte[] manifestSha256() {
      return manifestSha256.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sealed sealed
          && at.equals(sealed.at)
          && Arrays.equals(manifestSha256, sealed.manifestSha256);
    }

    @Override
    public int hashCode() {
      return 31 * at.hashCode() + Arrays.hashCode(manifestSha256);
    }

    @Override
    public String toString() {
      return "Sealed[at="
          + at
          + ", manifestSha256="
          + HexFormat.of().formatHex(manifestSha256)
          + "]";
    }
  }

  /** The seal was taken back; the session records on. */
  record SealCancelled() implements JournalRecord {}

  /**
   * The session came through a live update.
   *
   * @param generation how many it has come through now
   * @param bootId the boot it is in now
   */
  record Restored(long generation, UUID bootId) implements JournalRecord {}
}
