package io.holdfast.sim;

/** A page table (HWPT) of an IOAS: while it exists, the IOAS's memory is pinned. */
final class Hwpt extends IommufdObject {
  private final Ioas ioas;
  private final boolean automatic;
  private final boolean noiommu;

  /** Fills the page table, which pins the IOAS's memory. */
  Hwpt(Ioas ioas, boolean automatic, PciFunction function) {
    this.ioas = ioas;
    this.automatic = automatic;
    this.noiommu = !function.isBehindIommu();
    ioas.addPageTable(this);
    ioas.hold();
  }

  /** Made for a device without an IOMMU: it knows physical addresses, and translates nothing. */
  boolean isNoiommu() {
    return noiommu;
  }

  /** Whether a device can be attached: one without an IOMMU takes any page table. */
  boolean serves(PciFunction function) {
    return !(noiommu && function.isBehindIommu());
  }

  Ioas ioas() {
    return ioas;
  }

  /** Made by ATTACH to an IOAS, and gone with the last device. */
  boolean isAutomatic() {
    return automatic;
  }

  @Override
  void destroy() {
    ioas.removePageTable(this);
    ioas.put();
  }
}
