package io.holdfast.vm;

import io.holdfast.model.DeviceState;
import io.holdfast.model.Extent;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.util.ArrayList;
import java.util.List;

/** A session as the plain lines that {@code tests/vm/witness.c} reads; its head describes them. */
final class ManifestTable {
  private ManifestTable() {}

  static List<String> of(SessionState session) {
    List<String> lines = new ArrayList<>();
    List<String> ioases = session.ioases().stream().map(IoasState::name).toList();
    for (DeviceState device : session.devices()) {
      lines.add("device %s %d".formatted(device.address(), ioases.indexOf(device.ioas())));
    }
    for (int ioas = 0; ioas < ioases.size(); ioas++) {
      for (MappingState mapping : session.ioases().get(ioas).mappings()) {
        lines.add(line(ioas, mapping));
        mapping.extents().stream().map(ManifestTable::line).forEach(lines::add);
      }
    }
    return lines;
  }

  private static String line(int ioas, MappingState mapping) {
    if (!(mapping.backing() instanceof MappingState.File file)) {
      throw new IllegalArgumentException("\"" + mapping.name() + "\" is not in a memfd");
    }
    return "mapping %d %s 0x%x %d %d %d %d %d"
        .formatted(
            ioas,
            mapping.name(),
            mapping.iova().start(),
            mapping.iova().lengthBytes(),
            file.token(),
            file.offsetBytes(),
            mapping.readable() ? 1 : 0,
            mapping.writeable() ? 1 : 0);
  }

  private static String line(Extent extent) {
    return "extent 0x%x %d".formatted(extent.physicalAddress(), extent.lengthBytes());
  }
}
