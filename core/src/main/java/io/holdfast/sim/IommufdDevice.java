package io.holdfast.sim;

import io.holdfast.sys.Errno;

/**
 * A device bound to an iommufd, and the page table it is attached to. VFIO holds it until the
 * device is closed.
 */
final class IommufdDevice extends IommufdObject {
  private final IommufdFile context;
  private final PciFunction function;
  private Hwpt attached;

  IommufdDevice(IommufdFile context, PciFunction function) {
    this.context = context;
    this.function = function;
    hold();
  }

  PciFunction function() {
    return function;
  }

  IommufdFile context() {
    return context;
  }

  /** The IOAS it is attached to, or null. */
  Ioas ioas() {
    return attached == null ? null : attached.ioas();
  }

  /** Fails unless the id is an IOAS's or a HWPT's. */
  void requirePageTable(int id) {
    if (context.find(id) instanceof IommufdDevice) {
      throw Failure.of(Errno.EINVAL);
    }
  }

  /** Attaches to an IOAS or a HWPT, in place of the one before; answers the HWPT's id. */
  int attach(int pageTableId) {
    Hwpt next =
        switch (context.find(pageTableId)) {
          case Ioas ioas -> ioas.automaticPageTable(context, function);
          case Hwpt hwpt -> {
            if (!hwpt.serves(function)) {
              // Attaching is refused by the core, replacing by the IOMMU's driver.
              throw Failure.of(attached == null ? Errno.EINVAL : Errno.ENODEV);
            }
            yield hwpt;
          }
          case IommufdDevice other -> throw Failure.of(Errno.EINVAL);
        };
    if (next != attached) {
      try {
        next.ioas().reserveFor(function);
      } catch (Failure failure) {
        discardIfUnused(next);
        throw failure;
      }
      Hwpt before = attached;
      next.hold();
      attached = next;
      leave(before);
    }
    return next.id();
  }

  void detach() {
    Hwpt before = attached;
    attached = null;
    leave(before);
  }

  private void leave(Hwpt before) {
    if (before != null) {
      if (attached == null || attached.ioas() != before.ioas()) {
        before.ioas().unreserve(function);
      }
      before.put();
      discardIfUnused(before);
    }
  }

  private void discardIfUnused(Hwpt hwpt) {
    if (hwpt.isAutomatic() && !hwpt.isUsed()) {
      context.destroy(hwpt.id());
    }
  }

  @Override
  void destroy() {
    // What it was attached to it has left.
  }
}
