package io.holdfast.engine;

import io.holdfast.linux.DescriptorKind;
import io.holdfast.model.PciAddress;

/**
 * The names that a session's descriptors are kept under in a store: each its own, all of them below
 * {@code kept/SESSION/}. They are for people and for letting go; a name proves nothing. Immutable.
 *
 * <pre>
 *   kept/SESSION/iommufd                 or iommufd/2, iommufd/3…: another in its place
 *   kept/SESSION/device/0000.00.04.0     a store's names have no colons
 *   kept/SESSION/memory/TOKEN            a memfd
 *   kept/SESSION/session                 the live update session
 * </pre>
 */
final class StoreNames {
  private static final String ALL = "kept/";

  private final String session;
  private final String prefix;

  StoreNames(String session) {
    this.session = session;
    prefix = ALL + session + "/";
  }

  /** The session's own name. */
  String session() {
    return session;
  }

  /** Whether a descriptor was kept for any session, and not given by somebody else. */
  static boolean isAnySessions(String name) {
    return name.startsWith(ALL);
  }

  String iommufd() {
    return prefix + "iommufd";
  }

  /**
   * The name of the N-th, from 1, that is kept at the same time as one that it takes the place of.
   */
  String iommufd(int number) {
    return number == 1 ? iommufd() : iommufd() + "/" + number;
  }

  String device(PciAddress address) {
    return prefix + "device/" + address.toString().replace(':', '.');
  }

  String file(long token) {
    return prefix + "memory/" + token;
  }

  String luo() {
    return prefix + "session";
  }

  /** Whether a descriptor was kept for this session. */
  boolean isOurs(String name) {
    return name.startsWith(prefix);
  }

  /** What is kept under a name of this session's. */
  DescriptorKind kindOf(String name) {
    String rest = name.substring(prefix.length());
    if (rest.equals("iommufd") || rest.startsWith("iommufd/")) {
      return DescriptorKind.IOMMUFD;
    }
    if (rest.equals("session")) {
      return DescriptorKind.LUO_SESSION;
    }
    if (rest.startsWith("device/")) {
      return DescriptorKind.DEVICE;
    }
    return rest.startsWith("memory/") ? DescriptorKind.MEMFD : DescriptorKind.OTHER;
  }
}
