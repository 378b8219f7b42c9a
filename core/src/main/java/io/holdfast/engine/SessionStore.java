package io.holdfast.engine;

import io.holdfast.linux.Descriptor;
import io.holdfast.linux.LuoSession;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreReport;
import io.holdfast.store.DescriptorStore;
import io.holdfast.store.DescriptorStores;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.store.SystemdNotify;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What of a session a descriptor store keeps: everything that it is made of, or nothing.
 *
 * <p>Half a session could not be resumed. So where the store does not take a descriptor, and the
 * session does not {@linkplain SessionOptions#storeRequired require} it, what it has of the session
 * is taken back, that is told, and the session goes on as one without a store. Thread-safe.
 */
final class SessionStore implements AutoCloseable {
  private final Syscalls syscalls;
  private final RetainedSessions retained;
  private final DescriptorStore store;
  private final Optional<SystemdNotify> manager;
  private final StoreNames names;
  private final boolean required;
  private final boolean keeps;

  /** Our name for what is kept, and the name that the store has it under: only others' differ. */
  private final Map<String, String> kept = new LinkedHashMap<>();

  private final List<String> untold = new ArrayList<>();
  private Consumer<String> notices = untold::add;
  private String whyGivenUp = "";

  private SessionStore(
      Syscalls syscalls,
      RetainedSessions retained,
      DescriptorStore store,
      Optional<SystemdNotify> manager,
      StoreNames names,
      boolean required) {
    this.syscalls = syscalls;
    this.retained = retained;
    this.store = store;
    this.manager = manager;
    this.names = names;
    this.required = required;
    this.keeps = store.report().kind() != StoreReport.Kind.NONE;
  }

  /** Opens the store that the options speak for. */
  static SessionStore open(HostProcess process, String session, SessionOptions options) {
    return new SessionStore(
        process.syscalls(),
        process.retained(),
        DescriptorStores.open(process.syscalls(), session, options.store()),
        SystemdNotify.of(process.syscalls(), options.environment()),
        new StoreNames(session),
        options.storeRequired());
  }

  /** One that keeps nothing, for what has no driver yet. */
  static SessionStore none(Syscalls syscalls, String session) {
    StoreOptions none = new StoreOptions(StoreOptions.Choice.NONE, "", Map.of());
    return new SessionStore(
        syscalls,
        new RetainedSessions(),
        DescriptorStores.open(syscalls, session, none),
        Optional.empty(),
        new StoreNames(session),
        false);
  }

  StoreNames names() {
    return names;
  }

  /** Which store it is, and what that means now. */
  synchronized StoreReport report() {
    StoreReport report = store.report();
    return whyGivenUp.isEmpty()
        ? report
        : new StoreReport(StoreReport.Kind.NONE, whyGivenUp, "The session ends with this process");
  }

  /** Whether what the session makes is kept. Asks nobody, so that it cannot fail. */
  synchronized boolean isKeeping() {
    return keeps && whyGivenUp.isEmpty();
  }

  /** Whether there is a store: one that was given up may still have a part of the session. */
  boolean mayHaveAPart() {
    return keeps;
  }

  /** Where notices go from now on; those that nobody has heard yet go there first. */
  synchronized void tell(Consumer<String> listener) {
    notices = listener;
    untold.forEach(listener);
    untold.clear();
  }

  /**
   * What the store offers, but for what the restore tool has handed over, which is used up. The
   * numbers are the store's own until they are adopted.
   */
  List<StoredDescriptor> offered() {
    Set<Integer> usedUp = retained.usedUp();
    return store.offered().stream().filter(each -> !usedUp.contains(each.fd())).toList();
  }

  /**
   * Takes a live update session for the next kernel that the service manager has made for this
   * service, if there is one that nobody uses. Removing {@link StoreNames#luo} lets go of it.
   *
   * @throws HoldfastException if there are several, and none has the session's name
   */
  synchronized Optional<LuoSession> takeGiven() {
    Optional<OfferedSession> given = GivenSession.find(syscalls, names, offered());
    return given.map(session -> {
      store.adopt(session.descriptor());
      kept.put(names.luo(), session.storeName());
      return session.luo();
    });
  }

  /** Whether something is kept under one of our names. */
  synchronized boolean keeps(String name) {
    return kept.containsKey(name);
  }

  /**
   * Keeps a descriptor.
   *
   * @throws HoldfastException if the store does not take it and the session requires that
   */
  synchronized void put(String name, Descriptor descriptor) {
    if (isKeeping()) {
      tryPut(name, descriptor)
          .ifPresent(failure -> {
            if (required) {
              throw failure;
            }
            giveUp("the descriptor store did not take \"" + name + "\": " + failure.problem());
          });
    }
  }

  /** As {@link #put}, but a refusal is returned and changes nothing. */
  synchronized Optional<HoldfastException> tryPut(String name, Descriptor descriptor) {
    int fd = descriptor.acquire();
    try (Undo undo = new Undo()) {
      undo.with(() -> store.remove(name)); // It may have been taken all the same.
      store.put(name, fd);
      undo.forget();
      kept.put(name, name);
      return Optional.empty();
    } catch (HoldfastException failure) {
      return Optional.of(failure);
    } finally {
      descriptor.release();
    }
  }

  boolean isRequired() {
    return required;
  }

  /** Lets go of a descriptor; one that is not kept is fine. */
  synchronized void remove(String name) {
    String actual = kept.remove(name);
    if (actual != null) {
      store.remove(actual);
    }
  }

  /** Lets go of everything but a live update session. */
  synchronized void removeObjects() {
    Closing closing = new Closing();
    kept.keySet().stream()
        .filter(name -> !name.equals(names.luo()))
        .toList()
        .forEach(name -> closing.step(() -> remove(name)));
    closing.end();
  }

  /** Makes an offered descriptor this process's; the store keeps it as well. */
  void adopt(StoredDescriptor descriptor) {
    store.adopt(descriptor);
  }

  /**
   * Takes over what is this session's of what was offered, and lets go of the rest that was kept
   * for it. A store that fails now is given up: what is taken over is this process's all the same.
   *
   * @param matched our name for each descriptor that is taken over
   * @param keepAnew is run when the store can be given something, and still has the rest
   */
  synchronized void settle(
      Map<String, StoredDescriptor> matched, List<StoredDescriptor> leftovers, Runnable keepAnew) {
    matched.forEach((name, descriptor) -> {
      store.adopt(descriptor);
      kept.put(name, descriptor.name());
    });
    drop(leftovers, keepAnew);
  }

  /**
   * Keeps another iommufd than the one that is about to be let go, under a name of its own, so that
   * the store has one at any time.
   */
  synchronized void putIommufd(Descriptor iommufd, List<StoredDescriptor> leftovers) {
    List<String> taken = leftovers.stream().map(StoredDescriptor::name).toList();
    int number = 1;
    while (taken.contains(names.iommufd(number))) {
      number++;
    }
    put(names.iommufd(number), iommufd);
    String actual = kept.remove(names.iommufd(number));
    if (actual != null) {
      kept.put(names.iommufd(), actual);
    }
  }

  /** Lets go of whatever was kept for this session: there is nothing to resume. */
  synchronized void startAfresh(List<StoredDescriptor> offered) {
    drop(offered.stream().filter(each -> names.isOurs(each.name())).toList(), () -> {});
  }

  /**
   * Keeps the live update session that is being restored, and nothing else: what an interrupted
   * restore has left holds the devices, which have to be bound anew.
   *
   * @param keptAs the name that the store has it under, if it came from there
   */
  synchronized void keepOnly(
      LuoSession luo, Optional<String> keptAs, List<StoredDescriptor> offered) {
    keptAs.ifPresent(name -> kept.put(names.luo(), name));
    startAfresh(offered);
    if (!kept.containsKey(names.luo())) {
      put(names.luo(), luo);
    }
  }

  private void drop(List<StoredDescriptor> leftovers, Runnable beforeRemoval) {
    for (StoredDescriptor leftover : leftovers) {
      store.adopt(leftover);
      syscalls.close(leftover.fd());
      notices.accept("descriptor \"" + leftover.name() + "\" belongs to nothing and was closed");
    }
    try {
      store.acknowledge();
      beforeRemoval.run();
      for (StoredDescriptor leftover : leftovers) {
        if (!kept.containsValue(leftover.name())) {
          store.remove(leftover.name());
        }
      }
    } catch (HoldfastException failure) {
      if (required) {
        throw failure;
      }
      giveUp("the descriptor store failed: " + failure.problem());
    }
  }

  /** Keeps nothing any more, and says why. */
  private void giveUp(String why) {
    whyGivenUp = why;
    notices.accept(why + "; the session ends with this process");
    try {
      removeObjects();
    } catch (HoldfastException failure) {
      notices.accept("the descriptor store may still have a part: " + failure.problem());
    }
  }

  /** Tells the service manager, where there is one, that the driver works, whatever the store. */
  void ready() {
    manager.ifPresent(SystemdNotify::ready);
  }

  @Override
  public void close() {
    store.close();
  }
}
