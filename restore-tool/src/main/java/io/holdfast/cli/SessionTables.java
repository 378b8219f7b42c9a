package io.holdfast.cli;

import static io.holdfast.cli.Table.address;
import static io.holdfast.cli.Table.right;

import io.holdfast.model.BackingFile;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Collectors;

/** A session's records as tables for people. */
final class SessionTables {
  private SessionTables() {}

  /**
   * Prints everything recorded; with {@code everyExtent} also each physical extent of each buffer.
   */
  static void print(Console console, SessionState session, boolean everyExtent) {
    summary(session).printTo(console);
    section(console, "Files (memfds)", files(session));
    section(console, "Devices", devices(session));
    section(console, "Buffers", buffers(session));
    if (everyExtent) {
      extents(console, session);
    }
    console.blank();
    console.line(totals(session));
  }

  /** How much is mapped, in one sentence without a full stop's company. */
  static String totals(SessionState session) {
    long extents = mappings(session).mapToLong(mapping -> mapping.extents().size()).sum();
    return Words.count(mappings(session).count(), "buffer")
        + ", "
        + Words.bytes(mappedBytes(session))
        + " in "
        + Words.count(extents, "physical extent")
        + ".";
  }

  /** The bytes of all buffers. */
  static long mappedBytes(SessionState session) {
    return mappings(session).mapToLong(mapping -> mapping.iova().lengthBytes()).sum();
  }

  private static java.util.stream.Stream<MappingState> mappings(SessionState session) {
    return session.ioases().stream().flatMap(ioas -> ioas.mappings().stream());
  }

  private static void section(Console console, String title, Table table) {
    console.blank();
    console.line(title);
    table.indentedBy(2).printTo(console);
  }

  private static Table summary(SessionState session) {
    HostIdentity host = session.host();
    return new Table()
        .row("session", session.name())
        .row("journal", session.journal())
        .row("generation", Long.toString(session.generation()))
        .row(
            "host",
            "%s, Linux %s, %s, pages of %s"
                .formatted(
                    host.machineId(),
                    host.kernelRelease(),
                    host.architecture(),
                    Words.bytes(host.pageSizeBytes())))
        .row(
            "boots",
            session.bootChain().stream().map(UUID::toString).collect(Collectors.joining(", ")))
        .row("sealed", sealedAt(session));
  }

  private static Table files(SessionState session) {
    Table table = new Table().row(right("token"), "name", right("bytes"), "made by", "crc32c");
    table.rows(() ->
        session.files().stream()
            .map(file ->
                new Object[] {
                  right(Long.toUnsignedString(file.token())),
                  file.name(),
                  file.sizeBytes(),
                  file.origin() == BackingFile.Origin.POOL ? "holdfast" : "driver",
                  file.crc32c().isPresent() ? "%08x".formatted(file.crc32c().getAsLong()) : "-"
                }));
    return session.files().isEmpty() ? none() : table;
  }

  private static Table devices(SessionState session) {
    Table table = new Table().row("address", "ioas", "policy", "identity");
    table.rows(() ->
        session.devices().stream()
            .map(device ->
                new Object[] {
                  device.address(), device.ioas(), word(device.policy()), device.identity()
                }));
    return session.devices().isEmpty() ? none() : table;
  }

  private static Table buffers(SessionState session) {
    Table table =
        new Table()
            .row(
                "ioas",
                "name",
                right("iova"),
                right("bytes"),
                "device may",
                "memory",
                "policy",
                right("extents"),
                right("first address"));
    table.rows(() ->
        session.ioases().stream()
            .flatMap(ioas -> ioas.mappings().stream().map(mapping -> buffer(ioas, mapping))));
    return mappings(session).findAny().isEmpty() ? none() : table;
  }

  private static Object[] buffer(IoasState ioas, MappingState mapping) {
    ExtentList extents = mapping.extents();
    return new Object[] {
      ioas.name(),
      mapping.name(),
      address(mapping.iova().start()),
      mapping.iova().lengthBytes(),
      access(mapping),
      backing(mapping),
      word(mapping.policy()),
      extents.size(),
      extents.size() == 0 ? right("-") : address(extents.physicalAddress(0))
    };
  }

  private static void extents(Console console, SessionState session) {
    try (Page page = new Page(console)) {
      for (IoasState ioas : session.ioases()) {
        String head = "Extents of " + SafeText.field(ioas.name()) + "/";
        for (MappingState mapping : ioas.mappings()) {
          page.end().text(head).text(SafeText.field(mapping.name())).end();
          ExtentTable.print(page, mapping.extents());
        }
      }
    }
  }

  private static Table none() {
    return new Table().row("none");
  }

  /** What a device may do with a mapping. */
  static String access(MappingState mapping) {
    if (!mapping.writeable()) {
      return mapping.readable() ? "read" : "nothing";
    }
    return mapping.readable() ? "read, write" : "write";
  }

  private static String backing(MappingState mapping) {
    return switch (mapping.backing()) {
      case MappingState.File file ->
          "file " + Long.toUnsignedString(file.token()) + " at " + Words.hex(file.offsetBytes());
      case MappingState.Anonymous anonymous ->
          anonymous.declaredTransient() ? "process, transient" : "process, not preservable";
    };
  }

  private static String word(Policy policy) {
    return switch (policy) {
      case REQUIRED -> "required";
      case OPTIONAL -> "optional";
    };
  }

  /** When a session was sealed, or that it was not. */
  static String sealedAt(SessionState session) {
    return session.sealedAt().map(Instant::toString).orElse("no");
  }
}
