package io.holdfast.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many descriptors a unit's store has under each name, as far as this process knows. */
final class StoredCounts {
  private final Map<String, Integer> byName = new HashMap<>();

  StoredCounts(List<StoredDescriptor> fromTheStart) {
    fromTheStart.forEach(each -> byName.merge(each.name(), 1, Integer::sum));
  }

  /** Counts one more, unless there are {@code most}. */
  synchronized boolean add(String name, int most) {
    if (byName.values().stream().mapToInt(Integer::intValue).sum() >= most) {
      return false;
    }
    byName.merge(name, 1, Integer::sum);
    return true;
  }

  synchronized void removeOne(String name) {
    byName.computeIfPresent(name, (any, count) -> count == 1 ? null : count - 1);
  }

  synchronized void remove(String name) {
    byName.remove(name);
  }
}
