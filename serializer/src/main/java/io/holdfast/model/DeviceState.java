package io.holdfast.model;

import java.util.OptionalLong;

/**
 * One device, bound to the session's iommufd and attached to an IOAS.
 *
 * @param address where it sits
 * @param identity what it is
 * @param ioas the name of the IOAS it is attached to
 * @param policy what a restore does when it cannot be brought back
 * @param token the live update token of its own descriptor, where the kernel took it; Linux 7.3 takes none
 * @param extensions fields of a newer minor format
 */
public record DeviceState(
    PciAddress address,
    PciIdentity identity,
    String ioas,
    Policy policy,
    OptionalLong token,
    Extensions extensions) {
  /** A device whose descriptor is not preserved. */
  public DeviceState(PciAddress address, PciIdentity identity, String ioas, Policy policy) {
    this(address, identity, ioas, policy, OptionalLong.empty(), Extensions.NONE);
  }
}
