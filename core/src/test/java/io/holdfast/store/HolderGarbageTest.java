package io.holdfast.store;

import static io.holdfast.store.Machine.SOCKET;
import static io.holdfast.store.Machine.contents;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.store;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.linux.UnixMessage;
import io.holdfast.linux.UnixSocket;
import io.holdfast.sim.SimulatedProcess;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 2,000 generated messages, of which most are none of the protocol's: cut, lengthened, changed in a
 * bit, out of order, with too many descriptors, with none, or with a socket.
 *
 * <p>{@code -Dholdfast.seed=N} repeats a run.
 */
@Timeout(300)
class HolderGarbageTest {
  private static final int MESSAGES = 2_000;
  private static final int CLIENTS = 6;

  private final long seed = Long.getLong("holdfast.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Machine machine = new Machine();
  private final SimulatedProcess stranger = machine.process();
  private final UnixSocket[] sockets = new UnixSocket[CLIENTS];
  private int answered;
  private int refused;
  private int endings;

  @Test
  void noMessageHarmsWhatIsKept() {
    System.out.println("HolderGarbageTest: seed " + seed);
    SimulatedProcess holding = machine.process();
    Holder holder = machine.holder(holding);
    SimulatedProcess driver = machine.process();
    HolderStore kept = store(driver);
    kept.put("iommufd", memfd(driver, "one"));
    kept.put("device", memfd(driver, "two"));
    int memfd = memfd(stranger, "the stranger's");
    for (int i = 0; i < MESSAGES; i++) {
      exchange(random.nextInt(CLIENTS), memfd);
    }
    assertThat(answered).isGreaterThan(MESSAGES / 4);
    assertThat(refused).isGreaterThan(MESSAGES / 8);
    assertThat(endings).isGreaterThan(MESSAGES / 20);
    kept.put("memory", memfd(driver, "three"));
    stranger.close();
    driver.close();

    SimulatedProcess next = machine.process();
    try (HolderStore again = store(next)) {
      assertThat(contents(next, again))
          .as("seed %d", seed)
          .containsExactly("iommufd=one", "device=two", "memory=three");
    }
    try (HeldSessions sessions = HeldSessions.connect(next, SOCKET)) {
      sessions.list().stream()
          .filter(each -> !each.name().equals(Machine.SESSION))
          .forEach(each -> sessions.discard(each.name()));
      assertThat(holder.kept()).as("seed %d", seed).isEqualTo(3);
      // The listening socket, this connection, and what is kept: nothing has been left behind.
      assertThat(holding.openDescriptors()).as("seed %d", seed).isEqualTo(1 + 1 + 3);
    }
    assertThat(machine.holderFailures).as("seed %d", seed).isEmpty();
    machine.close();
  }

  private void exchange(int client, int memfd) {
    if (sockets[client] == null) {
      sockets[client] = UnixSocket.connect(stranger, SOCKET);
    }
    UnixSocket socket = sockets[client];
    int[] fds = new int[random.nextInt(10) < 5 ? 0 : 1 + random.nextInt(4) / 3 * 3];
    for (int i = 0; i < fds.length; i++) {
      fds[i] = random.nextInt(8) == 0 ? socket.number() : memfd;
    }
    byte[] bytes = message();
    if (socket.trySend(bytes, fds) < 0) {
      forget(client);
      return;
    }
    if (random.nextInt(12) == 0) {
      return; // silence: does not look at the reply
    }
    if (random.nextInt(20) == 0) {
      forget(client);
      return;
    }
    if (bytes.length == 0) {
      return;
    }
    assertThat(socket.await(10_000)).as("seed %d: an answer or an end", seed).isTrue();
    UnixMessage reply = socket.receive(HolderMessage.MAX_BYTES, 1);
    reply.closeDescriptors(stranger);
    if (reply.answer() <= 0) {
      forget(client);
      return;
    }
    answered++;
    try {
      HolderMessage decoded = HolderMessage.decode(reply.bytes());
      assertThat(decoded.verb().code()).as("seed %d", seed).isGreaterThanOrEqualTo(0x80);
      refused += decoded.verb() == HolderVerb.REFUSED ? 1 : 0;
    } catch (HolderMessage.Malformed malformed) {
      throw new AssertionError("seed " + seed, malformed);
    }
  }

  private void forget(int client) {
    endings++;
    sockets[client].close();
    sockets[client] = null;
  }

  private byte[] message() {
    HolderVerb[] verbs = HolderVerb.values();
    HolderVerb verb = verbs[random.nextInt(verbs.length)];
    if (verb == HolderVerb.DISCARD || verb == HolderVerb.TAKE_OVER) {
      verb = HolderVerb.PUT; // in order, these do what they say: let go, and hold still
    }
    String[] texts = {
      "nic0", "other" + random.nextInt(3), "iommufd", "", "a:b", "\u00fc", "x".repeat(300)
    };
    int number = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(4);
    byte[] whole = HolderMessage.of(verb, number, texts[random.nextInt(texts.length)]).encode();
    return switch (random.nextInt(8)) {
      case 0 -> Arrays.copyOf(whole, random.nextInt(whole.length));
      case 1 -> Arrays.copyOf(whole, whole.length + 1 + random.nextInt(5_000));
      case 2 -> {
        whole[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
        yield whole;
      }
      case 3 -> {
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        yield noise;
      }
      case 4 -> {
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putInt(12, random.nextInt());
        yield whole;
      }
      default -> whole;
    };
  }
}
