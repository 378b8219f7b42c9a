package io.holdfast.sim;

/** A page table (HWPT) of an IOAS: while it exists, the IOAS's memory is pinned. */
final class Hwpt extends IommufdObject {
  private final Ioas ioas;
  private final boolean automatic;

  /** Fills the page table, which pins the IOAS's memory. */
  Hwpt(Ioas ioas, boolean automatic, boolean noiommu) {
    this.ioas = ioas;
    this.automatic = automatic;
    ioas.addPageTable(this, noiommu);
    ioas.hold();
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
