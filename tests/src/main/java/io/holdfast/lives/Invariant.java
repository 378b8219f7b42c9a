package io.holdfast.lives;

/** What holds in every life. */
enum Invariant {
  SAME_BYTES("every byte is as it was written"),
  SAME_EXTENTS("every physical extent is as it was"),
  ALL_BACK("a restore that succeeds brings everything back"),
  RESTORED("what the kernel holds is restored, and nothing else is"),
  REASON("a refusal is Holdfast's own exception and names its reason"),
  NO_REFUSAL("nothing is refused without a reason"),
  REFUSED("what cannot work is refused"),
  UNDONE("what was refused is undone"),
  RECORDED("no acknowledged record is lost"),
  DURABLE("what preserve() has handed over is on the disk"),
  TRUTH("how a session began is told truthfully"),
  OWN_FRAMES("a device touches no frame but its driver's"),
  DEVICE_STOPPED("a device comes back stopped"),
  RESUMED("what a holder keeps is gone on with as it was, and nothing is lost"),
  SEALED("what is preserved is with the kernel, and nothing else is"),
  NO_LEAK("no descriptor, page or session is left after the end"),
  ENDS("no operation hangs"),
  INTERRUPT_KEPT("an interrupt is still set afterwards"),
  ZEROED("a new buffer is zeroed"),
  PLACED("a buffer lies where it has to lie");

  private final String text;

  Invariant(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }
}
