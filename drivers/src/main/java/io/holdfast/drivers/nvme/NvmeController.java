package io.holdfast.drivers.nvme;

import io.holdfast.Interrupt;
import io.holdfast.InterruptKind;
import io.holdfast.InterruptVectors;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.model.PciAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * An NVMe disk.
 *
 * <p>Opened in a session that was resumed, it goes on with the controller as it runs; else it
 * starts it. Either way what was outstanding in a former life is outstanding still (see the
 * package). The memory stays the session's: closing the controller only stops it.
 *
 * <p>Thread-safe but for {@link #reset}, and for the queues, which are used by a thread each.
 */
public final class NvmeController implements AutoCloseable {
  /** The admin queue, and the one of commands that are waited for. */
  private static final int OWN_QUEUES = 2;

  private final VfioDevice device;
  private final Registers registers;
  private final StatePages pages;
  private final Startup startup;
  private final InterruptVectors vectors;
  private final List<NvmeQueue> queues = new ArrayList<>();
  private final List<NvmeNamespace> namespaces = new ArrayList<>();
  private final int mostBytes;
  private final boolean adopted;
  private volatile boolean closed;

  /**
   * Opens the disk at an address: binds it to the session, and starts it or takes it over.
   *
   * @param ioas where its memory is mapped; the controller's buffers there are named after it
   * @throws NvmeException if the controller does not work, or what a former life has left is
   *     damaged
   * @throws io.holdfast.session.SessionException if a former life had another number of queues
   */
  public static NvmeController open(
      LiveSession session, Ioas ioas, PciAddress address, NvmeOptions options) {
    VfioDevice device = session.bind(address, ioas);
    InterruptVectors vectors =
        options.interrupts()
            ? device.enableInterrupts(InterruptKind.MSIX, options.queues() + 1)
            : null;
    try {
      return new NvmeController(session, device, vectors, new Rings(ioas, address), options);
    } catch (RuntimeException | Error failure) {
      switchOff(vectors, failure);
      throw failure;
    }
  }

  /** A controller that did not start leaves nothing on, so that it can be opened once more. */
  private static void switchOff(InterruptVectors vectors, Throwable because) {
    try {
      if (vectors != null) {
        vectors.close();
      }
    } catch (RuntimeException too) {
      because.addSuppressed(too);
    }
  }

  private NvmeController(
      LiveSession session,
      VfioDevice device,
      InterruptVectors vectors,
      Rings rings,
      NvmeOptions options) {
    this.device = device;
    this.vectors = vectors;
    this.registers = new Registers(device.region(0));
    if (!registers.hasSmallPages()) {
      throw new NvmeException("the controller has no pages of 4 KiB", "");
    }
    this.pages = rings.statePages(options.queues() + OWN_QUEUES);
    int entries = Math.min(options.entries(), registers.mostEntries());
    List<QueuePair> pairs = new ArrayList<>();
    for (int id = 0; id < options.queues() + OWN_QUEUES; id++) {
      pairs.add(rings.pair(id, registers, pages.slots(id), entries));
    }
    Patience patience = new Patience(registers);
    AdminCommands admin =
        new AdminCommands(pairs.getFirst(), rings.adminPage(), patience, options.timeout());
    List<QueuePair> io = pairs.subList(1, pairs.size());
    boolean interrupts = options.interrupts();
    this.startup = new Startup(device, registers, pages, admin, pairs.getFirst(), io, interrupts);
    this.adopted = startup.begin(session.isResumed());
    this.mostBytes = admin.mostBytes();
    for (QueuePair each : io.subList(1, io.size())) {
      Interrupt interrupt = interrupts ? vectors.vector(vector(each)) : null;
      queues.add(new NvmeQueue(this, each, patience, interrupt));
    }
    NvmeQueue own = new NvmeQueue(this, io.getFirst(), patience, null);
    Waiting waiting = new Waiting(this, own, options.timeout());
    waiting.finishOthers();
    for (int id : admin.namespaces()) {
      namespaces.add(new NvmeNamespace(waiting, id, admin.shape(id)));
    }
  }

  /** The vector of a queue of the user's: the first is the admin queue's. */
  static int vector(QueuePair pair) {
    return pair.id() - 1;
  }

  /** Its namespaces. */
  public List<NvmeNamespace> namespaces() {
    return List.copyOf(namespaces);
  }

  /**
   * The namespace of this number.
   *
   * @throws IllegalArgumentException if there is none
   */
  public NvmeNamespace namespace(int id) {
    for (NvmeNamespace each : namespaces) {
      if (each.id() == id) {
        return each;
      }
    }
    throw new IllegalArgumentException("no namespace " + id);
  }

  /** One of its queues, from 0. */
  public NvmeQueue queue(int index) {
    return queues.get(index);
  }

  /** How many queues it has. */
  public int queues() {
    return queues.size();
  }

  /** How many bytes one command moves at most. */
  public int mostBytes() {
    return mostBytes;
  }

  /** Whether the controller had run on since the last process, and was not started anew. */
  public boolean isAdopted() {
    return adopted;
  }

  /** How often the controller was started with these rings, this time included. */
  public long generation() {
    return pages.generation();
  }

  /**
   * Starts the controller anew, after it has failed or did not do something in time. What is
   * outstanding is sent again, and told of when it ends. No other thread may use a queue meanwhile.
   *
   * @throws NvmeException if it does not work afterwards either
   */
  public void reset() {
    requireOpen();
    startup.restart();
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the controller is closed");
    }
  }

  /**
   * Shuts the controller down, unless it has failed, and stops it. What is outstanding stays so:
   * who opens it again, in this session, has it sent again. Not to be called before a kexec or
   * {@code leave()}.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (!registers.hasFailed()) {
        registers.shutDown();
        registers.disable();
      }
    } finally {
      device.disableBusMastering();
      if (vectors != null) {
        vectors.close();
      }
    }
  }
}
