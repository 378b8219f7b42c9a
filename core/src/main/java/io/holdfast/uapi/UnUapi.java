package io.holdfast.uapi;

/**
 * The address of a Unix socket, from {@code include/uapi/linux/un.h} by way of {@code sys/un.h}.
 */
public final class UnUapi {
  private UnUapi() {}

  /**
   * {@code struct sockaddr_un}: a path that ends in a zero, or a zero and then the bytes of an
   * abstract name, as many as the address is long.
   */
  public static final class sockaddr_un {
    private sockaddr_un() {}

    public static final Struct LAYOUT = Struct.named("sockaddr_un");
    public static final Struct.U16 sun_family = LAYOUT.u16("sun_family");
    public static final Struct.Bytes sun_path = LAYOUT.bytes("sun_path", 108);
  }
}
