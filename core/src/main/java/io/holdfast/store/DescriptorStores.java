package io.holdfast.store;

import io.holdfast.model.KernelException;
import io.holdfast.session.StoreOptions;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.Map;
import java.util.Optional;

/** Chooses and opens a session's descriptor store. */
public final class DescriptorStores {
  private static final String FDSTORE = "FDSTORE";
  private static final int MOST = 1_000_000;

  private DescriptorStores() {}

  /**
   * Opens the store that was asked for, or the one that the environment speaks for.
   *
   * <p>systemd sets FDSTORE where it keeps descriptors for the unit (FileDescriptorStoreMax=, since
   * systemd 254). A holder is used where HOLDFAST_HOLDER names one, or one listens at the usual
   * place.
   *
   * @throws StoreException what was asked for is not there, or the announcement of inherited
   *     descriptors is malformed
   */
  public static DescriptorStore open(Syscalls syscalls, String session, StoreOptions options) {
    return switch (options.choice()) {
      case SYSTEMD ->
          systemd(syscalls, options.environment())
              .orElseThrow(() ->
                  new StoreException(
                      "systemd keeps no descriptors for this process: " + whyNot(options),
                      "run it as a service with Type=notify or NotifyAccess=main,"
                          + " FileDescriptorStoreMax= and FileDescriptorStorePreserve=yes"));
      case HOLDER -> holder(syscalls, session, options, "a holder was asked for");
      case NONE -> new NoStore("no store was asked for");
      case AUTOMATIC ->
          systemd(syscalls, options.environment())
              .or(() -> runningHolder(syscalls, session, options))
              .orElseGet(() ->
                  new NoStore(
                      "there is neither systemd's store (" + whyNot(options) + ") nor a holder"));
    };
  }

  private static String whyNot(StoreOptions options) {
    Map<String, String> environment = options.environment();
    if (environment.getOrDefault("NOTIFY_SOCKET", "").isEmpty()) {
      return "NOTIFY_SOCKET is not set";
    }
    return environment.getOrDefault(FDSTORE, "").isEmpty()
        ? "FDSTORE is not set"
        : "NOTIFY_SOCKET is no Unix socket, or FDSTORE is 0";
  }

  private static Optional<DescriptorStore> systemd(
      Syscalls syscalls, Map<String, String> environment) {
    String most = environment.getOrDefault(FDSTORE, "");
    if (most.isEmpty()) {
      return Optional.empty();
    }
    int number = (int) ListenDescriptors.number(FDSTORE, most, 0, MOST);
    return number == 0
        ? Optional.empty()
        : SystemdNotify.of(syscalls, environment)
            .map(notify ->
                new SystemdStore(notify, InheritedStore.of(syscalls, environment), number));
  }

  private static Optional<DescriptorStore> runningHolder(
      Syscalls syscalls, String session, StoreOptions options) {
    boolean named =
        !options.holderPath().isEmpty()
            || !options.environment().getOrDefault(HolderPlace.VARIABLE, "").isEmpty();
    String path = path(syscalls, options);
    if (named) {
      return Optional.of(holder(syscalls, session, options, "a holder is named"));
    }
    if (!HolderPlace.exists(syscalls, path)) {
      return Optional.empty();
    }
    try {
      return Optional.of(holder(syscalls, session, options, "a holder listens at the usual place"));
    } catch (StoreException refused) {
      if (refused.getCause() instanceof KernelException cause
          && cause.errno() == Errno.ECONNREFUSED) {
        return Optional.of(new NoStore(refused.problem()));
      }
      throw refused;
    }
  }

  private static String path(Syscalls syscalls, StoreOptions options) {
    return options.holderPath().isEmpty()
        ? HolderPlace.path(syscalls, options.environment())
        : options.holderPath();
  }

  private static DescriptorStore holder(
      Syscalls syscalls, String session, StoreOptions options, String why) {
    String path = path(syscalls, options);
    return HolderStore.open(syscalls, path, session, why + " (" + path + ")");
  }
}
