package io.holdfast.sim;

/** Something with an id in an iommufd; it can be destroyed when nobody uses it. */
abstract sealed class IommufdObject permits Ioas, Hwpt, IommufdDevice {
  private int id;
  private int users;

  final int id() {
    return id;
  }

  final void id(int given) {
    id = given;
  }

  final void hold() {
    users++;
  }

  final void put() {
    users--;
  }

  final boolean isUsed() {
    return users > 0;
  }

  /** Gives up what it holds; nobody uses it. */
  abstract void destroy();
}
