package io.holdfast.uapi;

/** The part of {@code linux/reboot.h} that Holdfast uses. */
public final class RebootUapi {
  private RebootUapi() {}

  public static final int LINUX_REBOOT_CMD_KEXEC = 0x45584543;
}
