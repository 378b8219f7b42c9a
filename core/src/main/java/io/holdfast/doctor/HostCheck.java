package io.holdfast.doctor;

import java.util.List;

/**
 * One thing that was looked at on a host, what was found, and what to do about it. Immutable.
 *
 * @param name what was looked at: short, stable, in lower case with hyphens, such as {@code
 *     kernel-version}
 * @param status whether it is as Holdfast needs it
 * @param detail what was found, for people
 * @param remedy what to do, for people; empty where nothing has to be done
 */
public record HostCheck(String name, Status status, String detail, String remedy) {
  /** Whether what was found is as Holdfast needs it. */
  public enum Status {
    /** As needed. */
    OK,
    /** Works as it is, but something can go wrong, or could not be seen. */
    WARNING,
    /** Holdfast cannot do its job before this is put right. */
    NOT_OK
  }

  /** As needed. */
  public static HostCheck ok(String name, String detail) {
    return new HostCheck(name, Status.OK, detail, "");
  }

  /** Works, but something can go wrong, or could not be seen. */
  public static HostCheck warning(String name, String detail, String remedy) {
    return new HostCheck(name, Status.WARNING, detail, remedy);
  }

  /** Has to be put right first. */
  public static HostCheck notOk(String name, String detail, String remedy) {
    return new HostCheck(name, Status.NOT_OK, detail, remedy);
  }

  /** Whether nothing among {@code checks} is {@link Status#NOT_OK}. */
  public static boolean allPass(List<HostCheck> checks) {
    return checks.stream().noneMatch(check -> check.status() == Status.NOT_OK);
  }
}
