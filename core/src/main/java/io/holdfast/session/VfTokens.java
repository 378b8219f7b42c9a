package io.holdfast.session;

import io.holdfast.model.PciAddress;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The VF tokens of devices: the secrets that vfio-pci asks of whoever opens a virtual function (VF)
 * whose physical function (PF) it has too, so that two drivers trust each other.
 *
 * <p>Opening the PF with a token sets it, as long as no VF is open; opening a VF takes the same. A
 * token lives in the kernel until the PF gets another driver, or the kernel is replaced. Mirrors
 * {@code VFIO_DEVICE_BIND_FLAG_TOKEN} of {@code linux/vfio.h}.
 *
 * <p>They are kept in this process's memory only, for devices that are bound later: neither the
 * journal nor the manifest has any, and {@link #toString} tells the addresses alone. A journal is
 * read by tools, is copied into reports of defects and outlives the session, and a manifest lies in
 * memory that any later owner of the live update session reads; so a driver is given its tokens at
 * each start, from where it has its other secrets. Immutable.
 */
public final class VfTokens {
  private static final VfTokens NONE = new VfTokens(Map.of());

  private final Map<PciAddress, UUID> tokens;

  private VfTokens(Map<PciAddress, UUID> tokens) {
    this.tokens = tokens;
  }

  /** No tokens: for devices that need none. */
  public static VfTokens none() {
    return NONE;
  }

  /** With the token of one more device, or another one of the same. */
  public VfTokens with(PciAddress address, UUID token) {
    Map<PciAddress, UUID> more = new TreeMap<>(tokens);
    more.put(Objects.requireNonNull(address), Objects.requireNonNull(token));
    return new VfTokens(more);
  }

  /** With all tokens of others, too, which are preferred. */
  public VfTokens with(VfTokens others) {
    Map<PciAddress, UUID> more = new TreeMap<>(tokens);
    more.putAll(others.tokens);
    return new VfTokens(more);
  }

  /** Whether a device has one here. */
  public boolean has(PciAddress address) {
    return tokens.containsKey(address);
  }

  /** The token of a device, if it has one here. */
  public Optional<UUID> of(PciAddress address) {
    return Optional.ofNullable(tokens.get(address));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VfTokens that && tokens.equals(that.tokens);
  }

  @Override
  public int hashCode() {
    return tokens.hashCode();
  }

  /** Which devices have one; no token. */
  @Override
  public String toString() {
    return "VF tokens of " + tokens.keySet();
  }
}
