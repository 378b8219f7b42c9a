package io.holdfast.engine;

import io.holdfast.linux.DescriptorKind;
import io.holdfast.linux.LuoSession;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Syscalls;
import java.util.List;

/**
 * A live update session that a store offers; its descriptor is the store's until it is adopted.
 *
 * @param descriptor as the store has it
 * @param luo the same, with the kernel's name
 */
record OfferedSession(StoredDescriptor descriptor, LuoSession luo) {
  /** Those among what is offered, by what they are. */
  static List<OfferedSession> among(Syscalls syscalls, List<StoredDescriptor> offered) {
    return offered.stream()
        .filter(each -> DescriptorKind.of(syscalls, each.fd()) == DescriptorKind.LUO_SESSION)
        .map(each -> new OfferedSession(each, LuoSession.adopt(syscalls, each.fd())))
        .toList();
  }

  /** Its name in the store, which proves nothing. */
  String storeName() {
    return descriptor.name();
  }
}
