package io.holdfast.engine;

import io.holdfast.linux.FileIdentity;
import io.holdfast.model.Extensions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the kernel calls an object, recorded with it where a descriptor store keeps it: the id of an
 * IOAS, a device and its page table in their iommufd, the device and inode number of a memfd. They
 * tell the next process which object is which, and mean nothing after a kexec, so that a manifest
 * has none. Keeps no state.
 */
final class KernelIds {
  private static final String FIELD = "inKernel";

  private KernelIds() {}

  static Extensions ofIoas(Extensions extensions, int id) {
    return with(extensions, (long) id);
  }

  static Extensions ofFile(Extensions extensions, FileIdentity identity) {
    return with(
        extensions, identity.deviceMajor() + ":" + identity.deviceMinor() + ":" + identity.inode());
  }

  static Extensions ofDevice(Extensions extensions, DeviceIds ids) {
    return with(extensions, ids.device() + ":" + ids.pageTable());
  }

  /**
   * What an iommufd calls a device.
   *
   * @param device its id, or 0 if that is not known
   * @param pageTable the id of the page table of its own, or 0
   */
  record DeviceIds(int device, int pageTable) {
    static final DeviceIds UNKNOWN = new DeviceIds(0, 0);

    // As PciIdentity's: a record's own would be made by the first restore.
    @Override
    public boolean equals(Object other) {
      return other instanceof DeviceIds that
          && device == that.device
          && pageTable == that.pageTable;
    }

    @Override
    public int hashCode() {
      return 31 * device + pageTable;
    }
  }

  /** The recorded ids of a device; an earlier version has recorded none. */
  static DeviceIds device(Extensions extensions) {
    if (extensions.fields().get(FIELD) instanceof String text
        && text.matches("[0-9]{1,9}:[0-9]{1,9}")) {
      String[] parts = text.split(":", -1);
      return new DeviceIds(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }
    return DeviceIds.UNKNOWN;
  }

  /** The recorded id of an IOAS, if there is one that can be. */
  static OptionalInt ioas(Extensions extensions) {
    return extensions.fields().get(FIELD) instanceof Long id && id > 0 && id <= Integer.MAX_VALUE
        ? OptionalInt.of(id.intValue())
        : OptionalInt.empty();
  }

  /** The recorded identity of a memfd, if there is one that can be. */
  static Optional<FileIdentity> file(Extensions extensions) {
    if (extensions.fields().get(FIELD) instanceof String text
        && text.matches("[0-9]{1,9}:[0-9]{1,9}:[0-9]{1,18}")) {
      String[] parts = text.split(":", -1);
      return Optional.of(
          new FileIdentity(
              Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Long.parseLong(parts[2])));
    }
    return Optional.empty();
  }

  /** The same extensions without what this class adds. */
  static Extensions without(Extensions extensions) {
    if (!extensions.fields().containsKey(FIELD)) {
      return extensions;
    }
    Map<String, Object> fields = new LinkedHashMap<>(extensions.fields());
    fields.remove(FIELD);
    return fields.isEmpty() ? Extensions.NONE : new Extensions(fields);
  }

  private static Extensions with(Extensions extensions, Object value) {
    Map<String, Object> fields = new LinkedHashMap<>(extensions.fields());
    fields.put(FIELD, value);
    return new Extensions(fields);
  }
}
