package io.holdfast.store;

import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The descriptors this process was started with that nobody has used up yet.
 *
 * <p>An environment does not change while its process lives, but what it announces does: a number
 * that was adopted and closed may be another file's. So what was used up is remembered, once for
 * this process's own environment, and for each other one that is handed in (a simulated process's)
 * by the object that it is. Thread-safe.
 */
public final class InheritedStore {
  private static final IdentityHashMap<Map<String, String>, InheritedStore> OF_ENVIRONMENT =
      new IdentityHashMap<>();

  private final Map<Integer, StoredDescriptor> unclaimed = new LinkedHashMap<>();
  private final StoredCounts stored;

  InheritedStore(List<StoredDescriptor> announced) {
    announced.forEach(each -> unclaimed.put(each.fd(), each));
    stored = new StoredCounts(announced);
  }

  /**
   * What is left of what this process was started with; read from the environment the first time,
   * and then remembered.
   *
   * @throws StoreException the announcement is malformed; it is read again the next time
   */
  public static InheritedStore of(Syscalls syscalls, Map<String, String> environment) {
    Map<String, String> own = System.getenv();
    Map<String, String> key = environment.equals(own) ? own : environment;
    synchronized (OF_ENVIRONMENT) {
      InheritedStore known = OF_ENVIRONMENT.get(key);
      if (known == null) {
        known = new InheritedStore(ListenDescriptors.read(syscalls, environment));
        OF_ENVIRONMENT.put(key, known);
      }
      return known;
    }
  }

  /** What the unit's store has, all sessions of this process together. */
  StoredCounts stored() {
    return stored;
  }

  /** What nobody has claimed, by rising number. */
  public synchronized List<StoredDescriptor> unclaimed() {
    return new ArrayList<>(unclaimed.values());
  }

  /**
   * Makes a descriptor the caller's.
   *
   * @throws IllegalArgumentException if it was not announced, or is another's already
   */
  public synchronized void claim(StoredDescriptor descriptor) {
    if (!unclaimed.remove(descriptor.fd(), descriptor)) {
      throw new IllegalArgumentException("descriptor " + descriptor.fd() + " was not offered");
    }
  }
}
