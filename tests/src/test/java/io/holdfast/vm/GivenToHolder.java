package io.holdfast.vm;

import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.Memfd;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.store.DescriptorStore;
import io.holdfast.store.DescriptorStores;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/**
 * Gives a live update session to the running holder, and ends: whoever finds the session in the
 * next kernel knows that the holder lived until the kexec.
 *
 * <p>The session's name is "held", and its memfd, under token 1, says "generation 1", as {@code
 * stored retrieve} expects.
 */
final class GivenToHolder {
  private static final long LENGTH_BYTES = 1 << 20;

  private GivenToHolder() {}

  static void run() {
    Syscalls kernel = NativeSyscalls.open();
    StoreOptions holder = StoreOptions.automatic().with(Choice.HOLDER);
    try (DescriptorStore store = DescriptorStores.open(kernel, "held", holder);
        LiveUpdate liveUpdate = LiveUpdate.open(kernel);
        LuoSession session = liveUpdate.create("held");
        Memfd memory = Memfd.create(kernel, "held", LENGTH_BYTES);
        Arena arena = Arena.ofConfined()) {
      memory.write(arena.allocateFrom("generation 1", StandardCharsets.US_ASCII), 0);
      session.preserve(memory, 1);
      store.put("session", session.acquire());
      session.release();
    }
  }
}
