package io.holdfast.session;

import io.holdfast.model.PciAddress;

/**
 * A PCI function that is reset together with a device, when its whole slot or bus is reset.
 *
 * @param address where it sits
 * @param owned whether it is bound to the session, so that the session may have it reset
 * @param owner who has it: {@code this session}, {@code driver "nvme"}, {@code process 12}, {@code
 *     nobody}
 */
public record ResetFunction(PciAddress address, boolean owned, String owner) {}
