package io.holdfast.uapi;

/** The part of {@code linux/kexec.h} that Holdfast uses. */
public final class KexecUapi {
  private KexecUapi() {}

  public static final int KEXEC_FILE_UNLOAD = 1;
  public static final int KEXEC_FILE_ON_CRASH = 2;
  public static final int KEXEC_FILE_NO_INITRAMFS = 4;
}
