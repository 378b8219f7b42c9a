package io.holdfast.session;

import io.holdfast.model.PciAddress;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * How a session is opened. Immutable.
 *
 * @param listener told of a restore's progress
 * @param environment where inherited descriptors are announced (LISTEN_PID, LISTEN_FDS,
 *     LISTEN_FDNAMES) and a descriptor store is named (NOTIFY_SOCKET, FDSTORE, HOLDFAST_HOLDER);
 *     the process's own environment by default
 * @param store which descriptor store keeps the session's descriptors
 * @param storeRequired whether a descriptor that the store does not take is refused. By default it
 *     is told by the report, and the session goes on as one without a store: it ends with its
 *     process
 * @param stopDevicesOnResume whether devices are stopped (bus mastering off) before a session is
 *     resumed after the death of its process. By default they are left running: the memory that
 *     they use is pinned and where it was, so that they can do no harm, and stopping one loses what
 *     it was doing. A driver that cannot trust a device's state after a crash has it stopped
 * @param memoryLeftOutOfCoreDumps whether the memory that the session maps into this process is
 *     left out of its core dumps (MADV_DONTDUMP). By default the kernel writes shared memory into
 *     them, as core_pattern and coredump_filter have it
 * @param vfTokens the secrets that virtual functions and their physical ones are opened with; none
 *     by default
 */
public record SessionOptions(
    RestoreListener listener,
    Map<String, String> environment,
    StoreOptions store,
    boolean storeRequired,
    boolean stopDevicesOnResume,
    boolean memoryLeftOutOfCoreDumps,
    VfTokens vfTokens) {
  public SessionOptions {
    Objects.requireNonNull(listener);
    Objects.requireNonNull(store);
    Objects.requireNonNull(vfTokens);
    environment = Map.copyOf(environment);
    store = new StoreOptions(store.choice(), store.holderPath(), environment);
  }

  /** Silent, with the process's environment and the store that it speaks for. */
  public static SessionOptions defaults() {
    return new SessionOptions(
        RestoreListener.SILENT,
        System.getenv(),
        StoreOptions.automatic(),
        false,
        false,
        false,
        VfTokens.none());
  }

  /** With this listener. */
  public SessionOptions withListener(RestoreListener newListener) {
    return new SessionOptions(
        newListener,
        environment,
        store,
        storeRequired,
        stopDevicesOnResume,
        memoryLeftOutOfCoreDumps,
        vfTokens);
  }

  /** With another environment. */
  public SessionOptions withEnvironment(Map<String, String> newEnvironment) {
    return new SessionOptions(
        listener,
        newEnvironment,
        store,
        storeRequired,
        stopDevicesOnResume,
        memoryLeftOutOfCoreDumps,
        vfTokens);
  }

  /** With this descriptor store; its environment is that of these options. */
  public SessionOptions withStore(StoreOptions newStore) {
    return new SessionOptions(
        listener,
        environment,
        newStore,
        storeRequired,
        stopDevicesOnResume,
        memoryLeftOutOfCoreDumps,
        vfTokens);
  }

  /** Refusing to go on where the store does not take a descriptor. */
  public SessionOptions withStoreRequired() {
    return new SessionOptions(
        listener,
        environment,
        store,
        true,
        stopDevicesOnResume,
        memoryLeftOutOfCoreDumps,
        vfTokens);
  }

  /** With devices stopped before a session is resumed. */
  public SessionOptions withDevicesStoppedOnResume() {
    return new SessionOptions(
        listener, environment, store, storeRequired, true, memoryLeftOutOfCoreDumps, vfTokens);
  }

  /** With the session's memory left out of this process's core dumps. */
  public SessionOptions withMemoryLeftOutOfCoreDumps() {
    return new SessionOptions(
        listener, environment, store, storeRequired, stopDevicesOnResume, true, vfTokens);
  }

  /**
   * With the VF token that a device is opened with: a virtual function, or a physical one, which
   * sets it. It is kept in memory only (see {@link VfTokens}), and so has to be given at each
   * start.
   */
  public SessionOptions withVfToken(PciAddress address, UUID token) {
    return withVfTokens(VfTokens.none().with(address, token));
  }

  /** With these VF tokens, too; for instance from an {@code io.holdfast.VfTokenFile}. */
  public SessionOptions withVfTokens(VfTokens tokens) {
    return new SessionOptions(
        listener,
        environment,
        store,
        storeRequired,
        stopDevicesOnResume,
        memoryLeftOutOfCoreDumps,
        vfTokens.with(tokens));
  }
}
