package io.holdfast.outage;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a live update is meant to cost, as a ratio of two figures.
 *
 * @param what the figure, and what it is compared with
 * @param aim the ratio that it may have at most
 * @param measured the ratio that it has, where both were measured
 * @param command what measures them
 */
record Aim(String what, double aim, OptionalDouble measured, String command) {
  private static final String HOST = "tests/bench/run outage";
  private static final String GUEST = "tests/vm/run outage";

  /** All of them, by what was measured on the host and in the guest. */
  static List<Aim> all(Figures host, Figures guest) {
    List<Aim> aims = new ArrayList<>();
    Setup small = Outage.SMALL;
    OptionalDouble empty = host.median(small, Outage.EMPTY_JVM, Figures.EXIT);
    aims.add(
        onHost(
            "`restore` of a small session, exec to exit / empty JVM",
            3,
            host.median(small, Outage.TOOL, Figures.EXIT),
            empty));
    aims.add(
        onHost(
            "`restore` of 10,000 mappings, exec to exit / empty JVM",
            6,
            host.median(Outage.MANY, Outage.TOOL, Figures.EXIT),
            empty));
    aims.add(
        onHost(
            "a driver's `main` to its first buffer, small session, AOT cache / empty JVM",
            2,
            host.median(small, Outage.HOLDFAST, Figures.RESTORE),
            empty));
    aims.add(restore(guest, Outage.LARGE, 3));
    aims.add(restore(guest, Outage.MANY, 5));
    for (Setup setup : List.of(Outage.LARGE, Outage.SOME, Outage.MANY)) {
      aims.add(
          inGuest(
              "a warm `openOrRestore` / C, " + setup.title(),
              1.1,
              guest.median(setup, Outage.WARM, Figures.OPEN),
              guest.median(setup, Outage.C, Figures.RESTORE)));
    }
    for (Setup setup : List.of(Outage.LARGE, Outage.MANY)) {
      aims.add(
          inGuest(
              "inside the outage, preserved first / C, " + setup.title(),
              2,
              guest.median(setup, Outage.HOLDFAST, Figures.INSIDE),
              guest.median(setup, Outage.C, Figures.INSIDE)));
    }
    aims.add(second(host, small, HOST));
    aims.add(second(guest, small, GUEST));
    aims.add(second(guest, Outage.MANY, GUEST));
    return aims;
  }

  private static Aim restore(Figures guest, Setup setup, double aim) {
    return inGuest(
        "restore without the JVM's start / C, " + setup.title(),
        aim,
        guest.median(setup, Outage.HOLDFAST, Figures.RESTORE),
        guest.median(setup, Outage.C, Figures.RESTORE));
  }

  private static Aim second(Figures figures, Setup setup, String command) {
    return new Aim(
        "a second `preserve()` / the first, "
            + setup.title()
            + (command.equals(HOST) ? ", host" : ", guest"),
        1.2,
        Text.ratio(
            figures.median(setup, Outage.HOLDFAST, OutageStage.PRESERVE.id()),
            figures.median(setup, Outage.HOLDFAST, Figures.FIRST_PRESERVE)),
        command);
  }

  private static Aim onHost(String what, double aim, OptionalDouble one, OptionalDouble other) {
    return new Aim(what, aim, Text.ratio(one, other), HOST);
  }

  private static Aim inGuest(String what, double aim, OptionalDouble one, OptionalDouble other) {
    return new Aim(what, aim, Text.ratio(one, other), GUEST);
  }

  /** As a row of a table. */
  String row() {
    String verdict;
    if (measured.isEmpty()) {
      verdict = "not measured: `" + command + "`";
    } else if (measured.getAsDouble() <= aim) {
      verdict = "met";
    } else {
      verdict =
          String.format(Locale.ROOT, "missed by a factor of %.2f", measured.getAsDouble() / aim);
    }
    return String.format(
        Locale.ROOT,
        "| %s | ≤ %s × | %s | %s |",
        what,
        trimmed(aim),
        Text.times(measured),
        verdict);
  }

  private static String trimmed(double aim) {
    return aim == Math.rint(aim) ? Integer.toString((int) aim) : Double.toString(aim);
  }
}
