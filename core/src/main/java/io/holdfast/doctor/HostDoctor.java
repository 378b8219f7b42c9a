package io.holdfast.doctor;

import io.holdfast.linux.KernelConfig;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.sys.Syscalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds out whether a host can keep DMA memory in place across a kexec, and what to change where it
 * cannot.
 *
 * <p>Only looks: nothing is created, bound, mapped or changed. It opens /dev/iommu, /dev/liveupdate
 * and a device's node for an instant and closes them again; while it holds /dev/liveupdate, which
 * has one opener at a time, another process that opens it is answered EBUSY. Never throws for what
 * it finds, whatever is missing. Thread-safe.
 */
public final class HostDoctor {
  /** The first kernel that has everything Holdfast needs. */
  public static final String OLDEST_KERNEL = KernelRelease.OLDEST;

  private final Syscalls kernel;

  /** A doctor for the host behind {@code kernel}, which stays the caller's to close. */
  public HostDoctor(Syscalls kernel) {
    this.kernel = kernel;
  }

  /** What every host needs, in the order in which one would put it right. */
  public List<HostCheck> host() {
    List<HostCheck> checks = new ArrayList<>(new KernelChecks(kernel).all());
    checks.addAll(new ProcessChecks(kernel).all());
    return List.copyOf(checks);
  }

  /**
   * What the device at {@code address} needs: that it is there, and is vfio-pci's, with no IOMMU in
   * front of it.
   */
  public List<HostCheck> device(PciAddress address) {
    return new DeviceChecks(kernel, address).all();
  }

  /**
   * What the kernel to come needs to take over what this one hands over.
   *
   * @param image the path of its image
   * @param commandLine the command line it will be started with
   */
  public List<HostCheck> nextKernel(String image, String commandLine) {
    return new NextKernelChecks(kernel, image, commandLine).all();
  }

  /** What can be seen of a sealed session's memory and devices before the kexec. */
  public List<HostCheck> sealed(SessionState session) {
    return new SessionChecks(kernel, session).all();
  }

  /**
   * The options that the running kernel lacks, as lines of a configuration for the kernel's own
   * {@code scripts/kconfig/merge_config.sh}; empty if its options cannot be read.
   */
  public Optional<List<String>> missingOptions() {
    return KernelConfig.running(kernel).map(KernelOptions::missing);
  }

  /** All options that Holdfast needs of a kernel, as {@link #missingOptions}. */
  public static List<String> neededOptions() {
    return KernelOptions.needed();
  }

  /** Whether the folder that journals live in is the caller's own and closed to everybody else. */
  public HostCheck stateDirectory(Path directory) {
    return StateDirectoryCheck.of(directory);
  }
}
