package io.holdfast.model;

import java.util.OptionalLong;

/**
 * One device, bound to the session's iommufd and attached to an IOAS.
 *
 * <p>Immutable and thread-safe. Constructing one with a missing or impossible value is answered
 * with {@link IllegalArgumentException}.
 *
 * @param address where it sits
 * @param identity what it is
 * @param ioas the name of the IOAS it is attached to
 * @param policy what a restore does when it cannot be brought back
 * @param token the live update token of its own descriptor, greater than 0, where the kernel took
 *     it; Linux 7.3 takes none
 * @param behindIommu whether an IOMMU translates what it addresses: such a device uses IOVAs, and
 *     buffers of its IOAS have no physical addresses
 * @param ownPageTable whether it is attached by a page table (HWPT) made for it, not by the one
 *     that the devices of its IOAS share; only behind an IOMMU
 * @param extensions fields of a newer minor format
 */
public record DeviceState(
    PciAddress address,
    PciIdentity identity,
    String ioas,
    Policy policy,
    OptionalLong token,
    boolean behindIommu,
    boolean ownPageTable,
    Extensions extensions) {
  public DeviceState {
    Checks.notNull("the address of a device", address);
    Checks.notNull("the identity of a device", identity);
    Names.check("the IOAS of a device", ioas);
    Checks.notNull("the policy of a device", policy);
    Checks.notNull("the token of a device", token);
    if (token.isPresent()) {
      Checks.atLeast("the token of a device", token.getAsLong(), 1);
    }
    Checks.notNull("the extensions of a device", extensions);
    if (ownPageTable && !behindIommu) {
      throw new IllegalArgumentException(
          "device " + address + " is without an IOMMU, and has no page table of its own");
    }
  }

  /** A device without an IOMMU, whose descriptor is not preserved. */
  public DeviceState(PciAddress address, PciIdentity identity, String ioas, Policy policy) {
    this(address, identity, ioas, policy, OptionalLong.empty(), false, false, Extensions.NONE);
  }

  /** The same device behind an IOMMU, or not. */
  public DeviceState withIommu(boolean present) {
    return new DeviceState(
        address, identity, ioas, policy, token, present, present && ownPageTable, extensions);
  }

  /** The same device, attached to the IOAS of this name. */
  public DeviceState attachedTo(String newIoas) {
    return newIoas.equals(ioas)
        ? this
        : new DeviceState(
            address, identity, newIoas, policy, token, behindIommu, ownPageTable, extensions);
  }

  /** The same device, attached by a page table of its own, or not. */
  public DeviceState withOwnPageTable(boolean own) {
    return new DeviceState(address, identity, ioas, policy, token, behindIommu, own, extensions);
  }

  /** The same device with other unknown fields. */
  public DeviceState withExtensions(Extensions newExtensions) {
    return new DeviceState(
        address, identity, ioas, policy, token, behindIommu, ownPageTable, newExtensions);
  }

  /** The same device whose descriptor the kernel took under this token, or did not take. */
  public DeviceState withToken(OptionalLong newToken) {
    return new DeviceState(
        address, identity, ioas, policy, newToken, behindIommu, ownPageTable, extensions);
  }
}
