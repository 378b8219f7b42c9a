package io.holdfast.store;

import io.holdfast.session.StoreReport;
import io.holdfast.sys.Undo;
import java.util.List;

/**
 * systemd's descriptor store: kept for the unit, given back by LISTEN_FDS when its service starts
 * again, and over a {@code systemctl kexec} what can be preserved. Thread-safe.
 *
 * <p>systemd does not say whether it has stored a descriptor: past FileDescriptorStoreMax= it logs
 * a line and drops it. So what is put is counted, and refused here before systemd would.
 */
final class SystemdStore implements DescriptorStore {
  private static final String MEANING =
      "The session's descriptors live through the end of this process, by crash, stop or restart,"
          + " if the unit has FileDescriptorStorePreserve=yes; live update sessions also through"
          + " systemctl kexec";

  private final SystemdNotify notify;
  private final InheritedStore inherited;
  private final StoredCounts stored;
  private final int most;

  SystemdStore(SystemdNotify notify, InheritedStore inherited, int most) {
    this.notify = notify;
    this.inherited = inherited;
    this.stored = inherited.stored();
    this.most = most;
  }

  @Override
  public StoreReport report() {
    return new StoreReport(
        StoreReport.Kind.SYSTEMD,
        "systemd keeps up to %d descriptors for this unit (FDSTORE is set)".formatted(most),
        MEANING);
  }

  @Override
  public List<StoredDescriptor> offered() {
    return inherited.unclaimed();
  }

  @Override
  public void adopt(StoredDescriptor offered) {
    inherited.claim(offered);
  }

  @Override
  public void acknowledge() {
    // What was not adopted may be another session's of this process.
  }

  @Override
  public void put(String name, int fd) {
    DescriptorStore.checkName(name);
    if (!stored.add(name, most)) {
      throw new StoreException(
          "systemd keeps %d descriptors for this unit, and \"%s\" would be one more"
              .formatted(most, name),
          "raise the unit's FileDescriptorStoreMax=");
    }
    try (Undo undo = new Undo()) {
      undo.with(() -> stored.removeOne(name));
      notify.store(name, fd);
      notify.barrier();
      undo.forget();
    }
  }

  @Override
  public void remove(String name) {
    DescriptorStore.checkName(name);
    notify.remove(name);
    notify.barrier();
    stored.remove(name);
  }

  @Override
  public void close() {
    // Nothing is open: each message has a socket of its own.
  }
}
