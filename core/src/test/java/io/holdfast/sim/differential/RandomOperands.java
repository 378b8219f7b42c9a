package io.holdfast.sim.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Remembers what a program's slots ought to hold, and chooses operands. */
final class RandomOperands {
  private static final long[] IOVAS = {
    0,
    0x1000,
    0x2000,
    0x3000,
    0x10000,
    0x11000,
    0x20_0000,
    0x1_0000_0000L,
    0x1_0000_1000L,
    0x1_0000_2000L,
    0x1_0000_4000L,
    0x1_0020_0000L,
    0x8000_0000_0000_0000L,
    -0x1000L,
    -0x5000L
  };
  private static final long[] ODD_IOVAS = {-1, -2, 1, 0x800, 0x1_0000_0800L, 0x1_0000_0001L};
  private static final long[] LENGTHS = {
    0x1000, 0x1000, 0x1000, 0x2000, 0x2000, 0x3000, 0x4000, 0x10000, 0x20_0000
  };
  private static final long[] ODD_LENGTHS = {
    0, 1, 0x800, 0x1001, 5000, -1, -0x1000, 1L << 62, Long.MAX_VALUE, 1L << 63
  };

  private final SplittableRandom random;
  private final Map<String, List<Operand>> roles = new HashMap<>();
  private final Map<Operand, Long> mapped = new HashMap<>();

  RandomOperands(SplittableRandom random) {
    this.random = random;
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  @SafeVarargs
  final <T> T one(T... of) {
    return of[random.nextInt(of.length)];
  }

  long one(long[] of) {
    return of[random.nextInt(of.length)];
  }

  /** A slot for a new result, which then has a role. */
  Operand fresh(char kind, String role) {
    Operand slot = Operand.slot(kind, random.nextInt(Operand.SLOTS - 4), 0);
    roles.values().forEach(each -> each.remove(slot));
    roles.computeIfAbsent(role, any -> new ArrayList<>()).add(slot);
    return slot;
  }

  boolean has(String role) {
    return roles.containsKey(role) && !roles.get(role).isEmpty();
  }

  /** A slot for so many bytes of memory. */
  Operand memory(long bytes) {
    Operand slot = fresh('v', "memory");
    mapped.put(slot, bytes);
    return slot;
  }

  /** How many bytes should be mapped in a slot; 0 if none. */
  long mappedBytes(Operand slot) {
    return mapped.getOrDefault(slot, 0L);
  }

  /** A slot of a role; if there is none, any slot of that kind. */
  Operand any(String role) {
    List<Operand> slots = roles.getOrDefault(role, List.of());
    return slots.isEmpty()
        ? Operand.slot(kind(role), random.nextInt(Operand.SLOTS), 0)
        : slots.get(random.nextInt(slots.size()));
  }

  /** Mostly a slot of a role, at times something else. */
  Operand mostly(String role) {
    if (chance(93)) {
      return any(role);
    }
    char kind = kind(role);
    return chance(60)
        ? Operand.slot(kind, random.nextInt(Operand.SLOTS), 0)
        : Operand.of(kind == 'f' ? one(new long[] {-1, 99_999}) : one(new long[] {0, -1, 4711}));
  }

  private static char kind(String role) {
    return switch (role) {
      case "ioas", "device", "hwpt" -> 'o';
      case "memory" -> 'v';
      case "iova" -> 'i';
      default -> 'f';
    };
  }

  Step open(String role, String path) {
    return Step.to(fresh('f', role), "open", "path", path, "flags", 2);
  }

  Operand iova() {
    if (has("iova") && chance(15)) {
      Operand slot = any("iova");
      return chance(70) ? slot : Operand.slot('i', slot.slot(), 0x1000);
    }
    return Operand.of(chance(94) ? one(IOVAS) : one(ODD_IOVAS));
  }

  Operand length() {
    return Operand.of(chance(92) ? one(LENGTHS) : one(ODD_LENGTHS));
  }
}
