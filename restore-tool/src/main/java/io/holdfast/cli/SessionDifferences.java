package io.holdfast.cli;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Finds out in what two sessions differ. Not thread-safe. */
final class SessionDifferences {
  private final List<Difference> found = new ArrayList<>();

  private SessionDifferences() {}

  /**
   * Everything in which two sessions differ.
   *
   * @param layoutOnly leaves out what a live update changes by itself: generation, boots, times,
   *     the journal, the kernel's release
   */
  static List<Difference> of(SessionState before, SessionState after, boolean layoutOnly) {
    SessionDifferences differences = new SessionDifferences();
    differences.session(before, after);
    if (!layoutOnly) {
      differences.life(before, after);
    }
    differences.all("file", before.files(), after.files(), BackingFile::name, differences::file);
    differences.all("ioas", before.ioases(), after.ioases(), IoasState::name, differences::ioas);
    differences.all("buffer", buffers(before), buffers(after), Buffer::name, differences::buffer);
    differences.all(
        "device",
        before.devices(),
        after.devices(),
        device -> device.address().toString(),
        differences::device);
    return List.copyOf(differences.found);
  }

  /** A mapping and the IOAS it is in. */
  private record Buffer(String ioas, MappingState mapping) {
    private String name() {
      return ioas + "/" + mapping.name();
    }
  }

  private static List<Buffer> buffers(SessionState session) {
    List<Buffer> buffers = new ArrayList<>();
    for (IoasState ioas : session.ioases()) {
      ioas.mappings().forEach(mapping -> buffers.add(new Buffer(ioas.name(), mapping)));
    }
    return buffers;
  }

  private void session(SessionState before, SessionState after) {
    compare("session", "", "name", before.name(), after.name());
    HostIdentity was = before.host();
    HostIdentity is = after.host();
    compare("session", "", "machineId", was.machineId(), is.machineId());
    compare("session", "", "architecture", was.architecture(), is.architecture());
    compare("session", "", "pageSizeBytes", was.pageSizeBytes(), is.pageSizeBytes());
    compare("session", "", "iommufdToken", text(before.iommufdToken()), text(after.iommufdToken()));
    extensions("session", "", before.extensions(), after.extensions());
    extensions("session", "host", was.extensions(), is.extensions());
  }

  private void life(SessionState before, SessionState after) {
    compare("session", "", "journal", before.journal(), after.journal());
    compare("session", "", "generation", before.generation(), after.generation());
    compare("session", "", "bootChain", before.bootChain(), after.bootChain());
    compare("session", "", "sealedAt", text(before.sealedAt()), text(after.sealedAt()));
    compare(
        "session",
        "",
        "liveUpdateSession",
        text(before.liveUpdateSession()),
        text(after.liveUpdateSession()));
    compare(
        "session",
        "",
        "kernelRelease",
        before.host().kernelRelease(),
        after.host().kernelRelease());
  }

  private <T> void all(
      String kind,
      List<T> before,
      List<T> after,
      Function<T, String> name,
      BiConsumer<T, T> compare) {
    Map<String, T> was = byName(before, name);
    Map<String, T> is = byName(after, name);
    TreeSet<String> names = new TreeSet<>(was.keySet());
    names.addAll(is.keySet());
    for (String each : names) {
      if (was.containsKey(each) && is.containsKey(each)) {
        compare.accept(was.get(each), is.get(each));
      } else {
        found.add(
            new Difference(
                kind,
                each,
                "",
                was.containsKey(each) ? "present" : null,
                is.containsKey(each) ? "present" : null));
      }
    }
  }

  private static <T> Map<String, T> byName(List<T> all, Function<T, String> name) {
    Map<String, T> byName = LinkedHashMap.newLinkedHashMap(all.size());
    all.forEach(each -> byName.put(name.apply(each), each));
    return byName;
  }

  private void file(BackingFile before, BackingFile after) {
    String name = before.name();
    compare("file", name, "token", before.token(), after.token());
    compare("file", name, "sizeBytes", before.sizeBytes(), after.sizeBytes());
    compare("file", name, "origin", Words.id(before.origin()), Words.id(after.origin()));
    compare("file", name, "crc32c", text(before.crc32c()), text(after.crc32c()));
    extensions("file", name, before.extensions(), after.extensions());
  }

  private void ioas(IoasState before, IoasState after) {
    extensions("ioas", before.name(), before.extensions(), after.extensions());
  }

  private void buffer(Buffer before, Buffer after) {
    String name = before.name();
    MappingState was = before.mapping();
    MappingState is = after.mapping();
    compare("buffer", name, "iova", Words.hex(was.iova().start()), Words.hex(is.iova().start()));
    compare("buffer", name, "lengthBytes", was.iova().lengthBytes(), is.iova().lengthBytes());
    compare("buffer", name, "readable", was.readable(), is.readable());
    compare("buffer", name, "writeable", was.writeable(), is.writeable());
    compare("buffer", name, "backing", was.backing(), is.backing());
    compare("buffer", name, "policy", Words.id(was.policy()), Words.id(is.policy()));
    extents(name, was.extents(), is.extents());
    extensions("buffer", name, was.extensions(), is.extensions());
  }

  private void extents(String name, ExtentList before, ExtentList after) {
    if (before.equals(after)) {
      return;
    }
    ExtentMoves moves = ExtentMoves.of(before, after);
    if (moves.moves().isEmpty()) {
      compare("buffer", name, "extents", before.size(), after.size());
      return;
    }
    ExtentMoves.Move first = moves.moves().getFirst();
    found.add(
        new Difference(
            "buffer",
            name,
            "extents",
            "%s at offset %s, %d extents"
                .formatted(
                    Words.hex(first.before()), Words.hex(first.offsetBytes()), before.size()),
            "%s, %d extents; %d bytes are elsewhere"
                .formatted(Words.hex(first.after()), after.size(), moves.movedBytes())));
  }

  private void device(DeviceState before, DeviceState after) {
    String name = before.address().toString();
    compare("device", name, "identity", before.identity(), after.identity());
    compare("device", name, "ioas", before.ioas(), after.ioas());
    compare("device", name, "policy", Words.id(before.policy()), Words.id(after.policy()));
    compare("device", name, "token", text(before.token()), text(after.token()));
    compare("device", name, "behind an IOMMU", before.behindIommu(), after.behindIommu());
    extensions("device", name, before.extensions(), after.extensions());
  }

  private static String text(OptionalLong value) {
    return value.isPresent() ? Long.toUnsignedString(value.getAsLong()) : "none";
  }

  private static String text(Optional<?> value) {
    return value.map(Object::toString).orElse("none");
  }

  private void extensions(String kind, String name, Extensions before, Extensions after) {
    if (!before.equals(after)) {
      found.add(
          new Difference(
              kind, name, "extensions", before.fields().toString(), after.fields().toString()));
    }
  }

  private void compare(String kind, String name, String field, Object before, Object after) {
    if (!Objects.equals(before, after)) {
      found.add(new Difference(kind, name, field, before.toString(), after.toString()));
    }
  }
}
