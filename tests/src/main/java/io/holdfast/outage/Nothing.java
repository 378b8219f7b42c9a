package io.holdfast.outage;

/** An empty program: what a JVM costs that does nothing. */
public final class Nothing {
  private Nothing() {}

  public static void main(String[] arguments) {}
}
