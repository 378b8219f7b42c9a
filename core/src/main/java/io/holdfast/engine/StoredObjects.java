package io.holdfast.engine;

import io.holdfast.linux.DescriptorKind;
import io.holdfast.linux.DeviceNumber;
import io.holdfast.linux.FileIdentity;
import io.holdfast.linux.Iommufd;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.Memfd;
import io.holdfast.linux.PciSysfs;
import io.holdfast.linux.VfioCdev;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.session.SessionException;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which of the descriptors that a store offers is which object of a recorded session.
 *
 * <p>A descriptor is what it proves to be, never what its name says: a device is the open node of
 * its PCI function and is bound, the iommufd is the one that the devices are bound to, a memfd has
 * the recorded inode, a live update session has the session's name. Each must be there once.
 * Looking changes nothing, and nothing is adopted or closed. Used once, by one thread.
 */
final class StoredObjects {
  private record Offered(StoredDescriptor descriptor, DescriptorKind kind, String link) {
    int fd() {
      return descriptor.fd();
    }
  }

  private final Syscalls syscalls;
  private final SessionState recorded;
  private final StoreNames names;
  private final List<Offered> offered;
  private final Map<String, StoredDescriptor> matched = new LinkedHashMap<>();

  StoredObjects(
      Syscalls syscalls, SessionState recorded, StoreNames names, List<StoredDescriptor> offered) {
    this.syscalls = syscalls;
    this.recorded = recorded;
    this.names = names;
    this.offered =
        offered.stream()
            .map(each ->
                new Offered(
                    each,
                    DescriptorKind.of(syscalls, each.fd()),
                    DescriptorKind.link(syscalls, each.fd())))
            .toList();
  }

  /**
   * Finds everything that is recorded.
   *
   * @param sealed what the kernel calls the live update session, if the session is preserved
   * @throws SessionException if a descriptor is missing, is there twice, or is not what it should
   *     be
   */
  void match(Optional<String> sealed) {
    Map<PciAddress, VfioCdev> devices = new LinkedHashMap<>();
    for (DeviceState device : recorded.devices()) {
      devices.put(device.address(), matchDevice(device));
    }
    if (!devices.isEmpty()) {
      matchIommufd(devices);
    }
    recorded.files().forEach(this::matchFile);
    sealed.ifPresent(this::matchLuo);
    requireNamesOfTheirOwn();
  }

  /** Our names for the descriptors that were found. */
  Map<String, StoredDescriptor> matched() {
    return matched;
  }

  /** The descriptor that was found for one of our names. */
  Optional<StoredDescriptor> find(String name) {
    return Optional.ofNullable(matched.get(name));
  }

  private VfioCdev matchDevice(DeviceState device) {
    PciSysfs pci = new PciSysfs(syscalls);
    String node = pci.node(device.address(), device.behindIommu());
    if (!pci.identity(device.address()).equals(device.identity())) {
      throw refusal(
          "another device sits at %s: it was %s and is %s"
              .formatted(device.address(), device.identity(), pci.identity(device.address())));
    }
    Optional<DeviceNumber> number = DeviceNumber.at(syscalls, node);
    List<Offered> found =
        offered.stream()
            .filter(each -> each.kind() == DescriptorKind.DEVICE)
            .filter(each -> DeviceNumber.of(syscalls, each.fd()).equals(number))
            .filter(each -> new VfioCdev(syscalls, each.fd(), node).isBound())
            .toList();
    Offered one =
        only(found, names.device(device.address()), "device " + device.address() + ", bound");
    return new VfioCdev(syscalls, one.fd(), node);
  }

  private void matchIommufd(Map<PciAddress, VfioCdev> devices) {
    VfioCdev first = devices.values().iterator().next();
    List<Offered> found =
        offered.stream()
            .filter(each -> each.kind() == DescriptorKind.IOMMUFD)
            .filter(each -> first.isBoundTo(new Iommufd(syscalls, each.fd())))
            .toList();
    Offered one = only(found, names.iommufd(), "the iommufd that its devices are bound to");
    devices.forEach((address, device) -> {
      if (!device.isBoundTo(new Iommufd(syscalls, one.fd()))) {
        throw refusal("device " + address + " is bound to another iommufd");
      }
    });
  }

  private void matchFile(BackingFile file) {
    FileIdentity identity =
        KernelIds.file(file.extensions())
            .orElseThrow(() -> refusal("no inode is recorded of memfd \"" + file.name() + "\""));
    List<Offered> found =
        offered.stream()
            .filter(each -> each.kind() == DescriptorKind.MEMFD)
            .filter(each -> new Memfd(syscalls, each.fd(), file.name()).identity().equals(identity))
            .toList();
    only(found, names.file(file.token()), "memfd \"" + file.name() + "\"");
  }

  /** A live update session that is missing has died; that is no reason to refuse the rest. */
  private void matchLuo(String nameInKernel) {
    List<Offered> found =
        offered.stream()
            .filter(each -> each.kind() == DescriptorKind.LUO_SESSION)
            .filter(each -> LuoSession.adopt(syscalls, each.fd()).name().equals(nameInKernel))
            .toList();
    if (!found.isEmpty()) {
      only(found, names.luo(), "the live update session");
    }
  }

  private Offered only(List<Offered> found, String name, String what) {
    if (found.isEmpty()) {
      throw refusal("the store does not offer " + what);
    }
    if (found.size() > 1) {
      throw refusal(
          "the store offers %s %d times, as %s"
              .formatted(
                  what,
                  found.size(),
                  String.join(
                      ", ", found.stream().map(each -> each.descriptor().name()).toList())));
    }
    matched.put(name, found.getFirst().descriptor());
    return found.getFirst();
  }

  /** A name lets go of everything that is kept under it. */
  private void requireNamesOfTheirOwn() {
    Set<String> seen = new HashSet<>();
    for (StoredDescriptor each : matched.values()) {
      if (!seen.add(each.name())) {
        throw refusal("the store keeps several descriptors as \"" + each.name() + "\"");
      }
    }
  }

  /**
   * What was kept for this session and belongs to nothing that is recorded: its process died
   * between giving it to the store and recording it.
   *
   * @throws SessionException if one is kept as something that it is not, or that another is
   */
  List<StoredDescriptor> leftovers() {
    List<StoredDescriptor> left = new ArrayList<>();
    for (Offered each : offered) {
      String name = each.descriptor().name();
      if (!names.isOurs(name) || matched.containsValue(each.descriptor())) {
        continue;
      }
      if (each.kind() != names.kindOf(name) || matched.containsKey(name)) {
        throw refusal(
            "what the store keeps as \"%s\" is %s"
                .formatted(name, each.link().isEmpty() ? "not open" : each.link()));
      }
      left.add(each.descriptor());
    }
    return left;
  }

  SessionException refusal(String problem) {
    return new SessionException(
        "session \"%s\" cannot be resumed: %s".formatted(recorded.name(), problem),
        "nothing was closed or changed; to give up what the store keeps, run: holdfast discard"
            + " --session "
            + recorded.name()
            + " --yes, or with systemd: systemctl clean --what=fdstore UNIT");
  }
}
