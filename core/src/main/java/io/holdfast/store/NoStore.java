package io.holdfast.store;

import io.holdfast.session.StoreReport;
import java.util.List;

/** Keeps nothing: descriptors live as long as their process. Immutable. */
final class NoStore implements DescriptorStore {
  private static final String MEANING =
      "The session's descriptors live as long as this process: its end unpins the memory and resets"
          + " the device, and before a kexec it must stay alive";

  private final String reason;

  NoStore(String reason) {
    this.reason = reason;
  }

  @Override
  public StoreReport report() {
    return new StoreReport(StoreReport.Kind.NONE, reason, MEANING);
  }

  @Override
  public List<StoredDescriptor> offered() {
    return List.of();
  }

  @Override
  public void adopt(StoredDescriptor offered) {
    throw new IllegalArgumentException("nothing was offered");
  }

  @Override
  public void acknowledge() {
    // Nothing was offered.
  }

  @Override
  public void put(String name, int fd) {
    DescriptorStore.checkName(name);
  }

  @Override
  public void remove(String name) {
    DescriptorStore.checkName(name);
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
