package io.holdfast.drivers.nvme;

/**
 * How commands end: the status field of a completion, code in bits 0 to 7 and type in bits 8 to 10,
 * as the NVMe base specification (1.4, section 4.6.1) has them.
 */
public final class NvmeStatus {
  /** Done. */
  public static final int SUCCESS = 0;

  /** The namespace is not there. */
  public static final int INVALID_NAMESPACE = 0x0b;

  /** A block beyond the namespace's end. */
  public static final int LBA_OUT_OF_RANGE = 0x80;

  private static final int MASK = 0x7ff;

  private NvmeStatus() {}

  /** The status in the last word of a completion. */
  static int of(int word) {
    return word >>> 17 & MASK;
  }

  /** A status in words. */
  public static String describe(int status) {
    String name =
        switch (status) {
          case SUCCESS -> "Successful Completion";
          case 0x01 -> "Invalid Command Opcode";
          case 0x02 -> "Invalid Field in Command";
          case 0x04 -> "Data Transfer Error";
          case 0x06 -> "Internal Error";
          case 0x07 -> "Command Abort Requested";
          case 0x08 -> "Command Aborted due to SQ Deletion";
          case INVALID_NAMESPACE -> "Invalid Namespace or Format";
          case 0x13 -> "PRP Offset Invalid";
          case LBA_OUT_OF_RANGE -> "LBA Out of Range";
          case 0x81 -> "Capacity Exceeded";
          case 0x82 -> "Namespace Not Ready";
          case 0x100 -> "Completion Queue Invalid";
          case 0x101 -> "Invalid Queue Identifier";
          case 0x102 -> "Invalid Queue Size";
          case 0x280 -> "Write Fault";
          case 0x281 -> "Unrecovered Read Error";
          default -> "status";
        };
    return "%s (0x%x)".formatted(name, status);
  }
}
