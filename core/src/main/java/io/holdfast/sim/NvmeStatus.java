package io.holdfast.sim;

/** How an NVMe command ends: the status code, and its type from bit 8 on. */
final class NvmeStatus {
  static final int SUCCESS = 0;
  static final int INVALID_OPCODE = 0x01;
  static final int INVALID_FIELD = 0x02;
  static final int DATA_TRANSFER_ERROR = 0x04;
  static final int INVALID_NAMESPACE = 0x0b;
  static final int INVALID_PRP_OFFSET = 0x13;
  static final int LBA_OUT_OF_RANGE = 0x80;
  static final int COMPLETION_QUEUE_INVALID = 0x100;
  static final int INVALID_QUEUE_IDENTIFIER = 0x101;
  static final int INVALID_QUEUE_SIZE = 0x102;
  static final int INVALID_INTERRUPT_VECTOR = 0x108;
  static final int INVALID_QUEUE_DELETION = 0x10c;

  private NvmeStatus() {}
}
