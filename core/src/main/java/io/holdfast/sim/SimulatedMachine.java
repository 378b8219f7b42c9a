package io.holdfast.sim;

import io.holdfast.model.PciAddress;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What a simulated machine is made of. Immutable; start from {@link #standard()} and change what
 * matters.
 *
 * @param memoryBytes how much RAM, a whole number of pages; 256 MiB by default, at most 1 TiB
 * @param seed of everything that looks random: which frames are given out, and who gets those that
 *     become free
 * @param singlePagePercent how fragmented memory is: of 100 pieces of memory given out, how many
 *     are one page; 0 gives memory out in one stretch where there is one
 * @param hugePages whether the kernel finds memory to make huge pages of when asked (MADV_COLLAPSE)
 * @param devices the device models by slot
 * @param machineId what /etc/machine-id holds, 32 hex digits
 * @param kernelRelease what {@code uname -r} says
 * @param commandLine the kernel's; LUO needs {@code kho=on liveupdate=on}, and {@code
 *     vfio.enable_unsafe_noiommu_mode=1} sets the parameter at boot
 * @param iommuPresent whether an IOMMU stands between the devices and memory
 * @param bypassing devices that it does not stand in front of, as with QEMU's {@code bypass_iommu}
 * @param memfdNoexec what {@code vm.memfd_noexec} is, 0 to 2
 * @param numaNodes how many NUMA nodes have a part of the memory, each as much, 1 to 64; 1 is as
 *     with a kernel without CONFIG_NUMA
 * @param vfioCdevs whether VFIO has character devices (CONFIG_VFIO_DEVICE_CDEV); without, there are
 *     only legacy groups
 * @param virtualFunctions of which physical function each virtual one is; they are there from boot
 */
public record SimulatedMachine(
    long memoryBytes,
    long seed,
    int singlePagePercent,
    boolean hugePages,
    Map<PciAddress, Class<? extends SimulatedDevice>> devices,
    String machineId,
    String kernelRelease,
    String commandLine,
    boolean iommuPresent,
    Set<PciAddress> bypassing,
    int memfdNoexec,
    int numaNodes,
    boolean vfioCdevs,
    Map<PciAddress, PciAddress> virtualFunctions) {
  static final String NOIOMMU = "vfio.enable_unsafe_noiommu_mode";

  private static final int MOST_NUMA_NODES = 64;

  /** Where the standard machine's device is. */
  public static final PciAddress EDU_ADDRESS = new PciAddress(0, 0, 4, 0);

  public SimulatedMachine {
    if (memoryBytes < 4 << 20
        || memoryBytes > 1L << 40
        || memoryBytes % PhysicalMemory.PAGE_BYTES != 0) {
      throw new IllegalArgumentException(
          "a machine has 4 MiB to 1 TiB of memory, in whole pages, not " + memoryBytes + " bytes");
    }
    if (singlePagePercent < 0 || singlePagePercent > 100) {
      throw new IllegalArgumentException("not a percentage: " + singlePagePercent);
    }
    if (memfdNoexec < 0 || memfdNoexec > 2) {
      throw new IllegalArgumentException("vm.memfd_noexec is 0 to 2, not " + memfdNoexec);
    }
    if (numaNodes < 1 || numaNodes > MOST_NUMA_NODES) {
      throw new IllegalArgumentException(
          "a machine has 1 to %d NUMA nodes, not %d".formatted(MOST_NUMA_NODES, numaNodes));
    }
    devices = Map.copyOf(devices);
    bypassing = Set.copyOf(bypassing);
    virtualFunctions = Map.copyOf(virtualFunctions);
  }

  /**
   * A noiommu machine with 256 MiB of fragmented memory and one edu device, booted for live update.
   */
  public static SimulatedMachine standard() {
    return new SimulatedMachine(
        256 << 20,
        1,
        50,
        true,
        Map.of(EDU_ADDRESS, EduDevice.class),
        "5117a7ed0000400080000000ba5eba11",
        "7.3.0-rc7-simulated",
        "quiet kho=on liveupdate=on " + NOIOMMU + "=1",
        false,
        Set.of(),
        0,
        1,
        true,
        Map.of());
  }

  public SimulatedMachine withMemoryBytes(long bytes) {
    return changed(parts -> parts.memoryBytes = bytes);
  }

  public SimulatedMachine withSeed(long value) {
    return changed(parts -> parts.seed = value);
  }

  public SimulatedMachine withSinglePagePercent(int percent) {
    return changed(parts -> parts.singlePagePercent = percent);
  }

  public SimulatedMachine withHugePages(boolean value) {
    return changed(parts -> parts.hugePages = value);
  }

  /**
   * With a device in a slot, in place of what was there; the model has a public constructor without
   * arguments.
   */
  public SimulatedMachine withDevice(PciAddress address, Class<? extends SimulatedDevice> model) {
    return changed(parts -> parts.devices.put(address, model));
  }

  /**
   * With a virtual function of a physical one, which has a slot of its own. It stays when the
   * physical one loses its driver, with which Linux takes it away.
   */
  public SimulatedMachine withVirtualFunction(
      PciAddress address, Class<? extends SimulatedDevice> model, PciAddress physical) {
    return withDevice(address, model)
        .changed(parts -> parts.virtualFunctions.put(address, physical));
  }

  /** With an empty slot. */
  public SimulatedMachine withoutDevice(PciAddress address) {
    return changed(parts -> parts.devices.remove(address));
  }

  public SimulatedMachine withDevices(Map<PciAddress, Class<? extends SimulatedDevice>> value) {
    return changed(parts -> {
      parts.devices.clear();
      parts.devices.putAll(value);
    });
  }

  public SimulatedMachine withMachineId(String id) {
    return changed(parts -> parts.machineId = id);
  }

  public SimulatedMachine withKernelRelease(String release) {
    return changed(parts -> parts.kernelRelease = release);
  }

  public SimulatedMachine withCommandLine(String line) {
    return changed(parts -> parts.commandLine = line);
  }

  public SimulatedMachine withIommuPresent(boolean present) {
    return changed(parts -> parts.iommuPresent = present);
  }

  /** With a device that the IOMMU, if there is one, does not stand in front of. */
  public SimulatedMachine withIommuBypassedBy(PciAddress address) {
    return changed(parts -> parts.bypassing.add(address));
  }

  /** Whether an IOMMU stands in front of what is in a slot. */
  boolean isBehindIommu(PciAddress address) {
    return iommuPresent && !bypassing.contains(address);
  }

  public SimulatedMachine withMemfdNoexec(int value) {
    return changed(parts -> parts.memfdNoexec = value);
  }

  /**
   * With so many NUMA nodes. A device is nearest to that of its device number modulo the number of
   * nodes.
   */
  public SimulatedMachine withNumaNodes(int count) {
    return changed(parts -> parts.numaNodes = count);
  }

  /** With a kernel that has no VFIO character devices, only legacy groups. */
  public SimulatedMachine withoutVfioCdevs() {
    return changed(parts -> parts.vfioCdevs = false);
  }

  private SimulatedMachine changed(Consumer<Parts> change) {
    Parts parts = new Parts(this);
    change.accept(parts);
    return parts.machine();
  }

  /** The components, while one of them is being changed. */
  private static final class Parts {
    private final Map<PciAddress, Class<? extends SimulatedDevice>> devices;
    private long memoryBytes;
    private long seed;
    private int singlePagePercent;
    private boolean hugePages;
    private String machineId;
    private String kernelRelease;
    private String commandLine;
    private boolean iommuPresent;
    private final Set<PciAddress> bypassing;
    private int memfdNoexec;
    private int numaNodes;
    private boolean vfioCdevs;
    private final Map<PciAddress, PciAddress> virtualFunctions;

    private Parts(SimulatedMachine of) {
      devices = new TreeMap<>(of.devices);
      memoryBytes = of.memoryBytes;
      seed = of.seed;
      singlePagePercent = of.singlePagePercent;
      hugePages = of.hugePages;
      machineId = of.machineId;
      kernelRelease = of.kernelRelease;
      commandLine = of.commandLine;
      iommuPresent = of.iommuPresent;
      bypassing = new TreeSet<>(of.bypassing);
      memfdNoexec = of.memfdNoexec;
      numaNodes = of.numaNodes;
      vfioCdevs = of.vfioCdevs;
      virtualFunctions = new TreeMap<>(of.virtualFunctions);
    }

    private SimulatedMachine machine() {
      return new SimulatedMachine(
          memoryBytes,
          seed,
          singlePagePercent,
          hugePages,
          devices,
          machineId,
          kernelRelease,
          commandLine,
          iommuPresent,
          bypassing,
          memfdNoexec,
          numaNodes,
          vfioCdevs,
          virtualFunctions);
    }
  }

  /** Whether this kernel's command line turns on what carries memory over a kexec. */
  boolean hasLiveUpdate() {
    return option("kho") && option("liveupdate");
  }

  boolean startsInNoiommuMode() {
    return option(NOIOMMU);
  }

  private boolean option(String key) {
    boolean on = false;
    for (String word : commandLine.strip().split("\\s+", -1)) {
      if (word.startsWith(key + "=")) {
        on = isTrue(word.substring(key.length() + 1));
      }
    }
    return on;
  }

  /** What the kernel's {@code kstrtobool()} takes for true. */
  static boolean isTrue(String text) {
    return switch (text) {
      case "1", "y", "Y", "t", "T", "on", "On", "oN", "ON" -> true;
      default -> false;
    };
  }
}
