package io.holdfast.doctor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a kernel's release, such as {@code 7.3.0-rc7}, is new enough. */
final class KernelRelease {
  /** The first kernel whose iommufd takes noiommu devices and tells physical addresses. */
  private static final int MAJOR = 7;

  private static final int MINOR = 3;

  static final String OLDEST = MAJOR + "." + MINOR;

  private static final Pattern RELEASE = Pattern.compile("(\\d{1,6})\\.(\\d{1,6}).*");

  private KernelRelease() {}

  static HostCheck check(String name, String release) {
    Matcher match = RELEASE.matcher(release);
    if (!match.matches()) {
      return HostCheck.notOk(
          name, "not a kernel's release: \"" + release + "\"", "use Linux 7.3 or later");
    }
    int major = Integer.parseInt(match.group(1));
    int minor = Integer.parseInt(match.group(2));
    boolean enough = major > MAJOR || (major == MAJOR && minor >= MINOR);
    return enough
        ? HostCheck.ok(name, "Linux " + release)
        : HostCheck.notOk(
            name,
            "Linux " + release + "; noiommu devices tell their physical addresses from 7.3 on",
            "boot Linux 7.3 or later");
  }
}
