package io.holdfast;

import io.holdfast.engine.HostProcess;
import io.holdfast.engine.SessionEngine;
import io.holdfast.engine.SessionOpener;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.LifecycleListener;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * A driver's DMA memory and devices, recorded as they are set up, and brought back where they were
 * after a kexec.
 *
 * <p>First start and restart are the same calls: a driver opens the session and asks for its
 * address spaces, devices and buffers by name, and gets the restored ones or new ones. Before
 * {@link #openOrRestore} returns, every physical address of a restored session has been compared
 * with the recorded one; nothing is handed out otherwise.
 *
 * <p>To live through a kexec, call {@link #preserve} and keep the process alive until the kexec:
 * the kernel drops a session whose holder has ended. With a descriptor store ({@link #store}) the
 * process may end at any time, and the next one resumes the session. Thread-safe. What the kernel
 * refuses is a {@link io.holdfast.model.KernelException}; every exception says what is wrong,
 * where, and what to do.
 */
public final class LiveSession implements AutoCloseable {
  private final SessionEngine engine;

  private LiveSession(SessionEngine engine) {
    this.engine = engine;
  }

  /** Opens a session silently; see {@link #openOrRestore(Host, String, Path, SessionOptions)}. */
  public static LiveSession openOrRestore(Host host, String name, Path stateDirectory) {
    return openOrRestore(host, name, stateDirectory, SessionOptions.defaults());
  }

  /**
   * Resumes the session of this name if its last process has ended in this boot and a store has
   * kept its descriptors, restores it if it came over a kexec, else starts it fresh; {@link
   * #report} says which and why.
   *
   * @param name 1 to 63 letters, digits, dots, hyphens and underscores
   * @param stateDirectory where sessions keep their files, each in a folder of its own; created
   *     private (0700)
   * @throws RestoreException if the session is there but cannot be brought back as it was; nothing
   *     is lost until this process ends, and the call can be made again
   */
  public static LiveSession openOrRestore(
      Host host, String name, Path stateDirectory, SessionOptions options) {
    return new LiveSession(
        new SessionOpener(HostProcess.of(host), name, stateDirectory, options).open());
  }

  /** Whether everything is back, after a live update or after the end of the last process. */
  public boolean isRestored() {
    return report().isRestored();
  }

  /**
   * Whether this process goes on where the last one has ended, without a kexec: devices were not
   * reset, and one that was a bus master still is.
   */
  public boolean isResumed() {
    return report().outcome() == RestoreReport.Outcome.RESUMED;
  }

  /** How the session began: restored or fresh, why, and what became of each device and buffer. */
  public RestoreReport report() {
    return engine.report();
  }

  /** Everything recorded, as of now. */
  public SessionState state() {
    return engine.state();
  }

  /** The I/O address space of this name: the one there is, restored or not, or a new one. */
  public Ioas ioas(String name) {
    return new Ioas(engine, engine.ioas(name));
  }

  /**
   * The I/O address space of this name, made in some way: the restored one, or a new one. One that
   * was made in another way is refused.
   */
  public Ioas ioas(String name, IoasOptions options) {
    return new Ioas(engine, engine.ioas(name, options));
  }

  /** The I/O address spaces there are, in the order they were made. */
  public List<Ioas> ioases() {
    return engine.ioases().stream().map(ioas -> new Ioas(engine, ioas)).toList();
  }

  /** Binds a device that a restore must bring back; see {@link #bind(PciAddress, Ioas, Policy)}. */
  public VfioDevice bind(PciAddress address, Ioas ioas) {
    return bind(address, ioas, Policy.REQUIRED);
  }

  /**
   * The device at an address, bound to this session and attached to an IOAS: the restored one, or
   * one bound now. Binding resets a device that can be reset, and leaves bus mastering off. A
   * device without a driver is given to vfio-pci first. Asking for a bound device with another IOAS
   * or policy than it has is refused.
   */
  public VfioDevice bind(PciAddress address, Ioas ioas, Policy policy) {
    return new VfioDevice(engine, engine.bind(address, ioas.live(), policy));
  }

  /** The device at an address, if it is bound to this session. */
  public Optional<VfioDevice> device(PciAddress address) {
    return engine.devices().stream()
        .filter(device -> device.address().equals(address))
        .map(device -> new VfioDevice(engine, device))
        .findFirst();
  }

  /** The devices bound to this session, in the order they were bound. */
  public List<VfioDevice> devices() {
    return engine.devices().stream().map(device -> new VfioDevice(engine, device)).toList();
  }

  /**
   * A memfd of the driver's own to map buffers from: the restored one, or the supplier's. The
   * supplier is asked only if there is no restored one, and the session owns the descriptor it
   * answers.
   */
  public DmaFile file(String name, IntSupplier memfd) {
    return new DmaFile(engine.file(name, memfd));
  }

  /**
   * A driver's few bytes by their name: those that a former life saved, or none yet.
   *
   * <p>Their name is none of a {@link #file}'s.
   *
   * @param capacityBytes how many bytes it has room for, 1 to 1 MiB; the same in every life
   * @throws io.holdfast.session.SessionException if the name stands for something else, or for
   *     another capacity
   */
  public SavedState state(String name, int capacityBytes) {
    return new SavedState(engine.state(name, capacityBytes));
  }

  /**
   * Has a listener told before the session is preserved or left, and after it is taken back: what
   * each part of a driver has to stop and to go on with.
   */
  public void addListener(LifecycleListener listener) {
    engine.addListener(listener);
  }

  /**
   * Does now, and waits for, what the first change after a restore would else begin in the
   * background: the journal moves into the store that is made for changes. For a driver that
   * restores, changes nothing and is preserved next, that would be within {@link #preserve}, while
   * its device waits; call this once the device works again. Loading the store begins by itself a
   * second after a restore.
   *
   * @throws io.holdfast.model.HoldfastException if the journal cannot be written; the session is as
   *     it was, and this can be called again
   */
  public void prepare() {
    engine.prepare();
  }

  /** Preserves the session; see {@link #preserve(PreserveOptions)}. */
  public PreserveReport preserve() {
    return preserve(PreserveOptions.defaults());
  }

  /**
   * Seals the session and hands it to the kernel for the next kexec, which must be loaded with
   * {@code kexec -s}. When this returns, the kernel has it, and a copy of the manifest is on the
   * disk. Memory may still be read and written, and what is written reaches the next kernel;
   * devices and buffers cannot be added or removed until {@link #cancelPreserve}.
   */
  public PreserveReport preserve(PreserveOptions options) {
    return engine.preserve(options);
  }

  /** Takes the session back from the kernel; nothing to take back is fine. */
  public void cancelPreserve() {
    engine.cancelPreserve();
  }

  /** What keeps the session's descriptors over the end of this process, and what that means. */
  public StoreReport store() {
    return engine.store();
  }

  /**
   * Says that the driver works with the session: from now on {@link #close} gives up what was
   * brought back. Tells the service manager, where there is one (READY=1), whoever keeps the
   * session's descriptors.
   *
   * @throws io.holdfast.store.StoreException if the service manager that NOTIFY_SOCKET names cannot
   *     be told; the session is in use all the same
   */
  public void ready() {
    engine.ready();
  }

  /**
   * Ends this process's use of the session and leaves everything with the store, as the end of the
   * process does: nothing is stopped, reset or taken back from the kernel. The next process resumes
   * it, or after a kexec restores it. Buffers, devices and files of this session cannot be used
   * afterwards.
   *
   * @throws io.holdfast.session.SessionException if no store keeps the session; it stays open
   */
  public void leave() {
    engine.leave();
  }

  /** Whether the session is with the kernel for the next kexec. */
  public boolean isPreserved() {
    return engine.isPreserved();
  }

  /**
   * Ends this process's use of the session.
   *
   * <p>With a descriptor store, what could still be wanted is left with it, as {@link #leave} does,
   * though no listener is told: a session that was restored or resumed and of which the driver has
   * not said that it works ({@link #ready}), and one that is preserved. So a driver that fails at
   * its start loses nothing, and the next start resumes it. Any other session is given up as by
   * {@link #discard}; so is every session without a store, as by the end of the process.
   *
   * <p>What fails is thrown after everything else was closed; closing again closes the rest.
   */
  @Override
  public void close() {
    engine.close();
  }

  /**
   * Gives the session up: devices are stopped and given back, the memory is freed, the store has
   * nothing of it any more, and a preserved session is taken back from the kernel. Nothing is left
   * that could be resumed or restored.
   */
  public void discard() {
    engine.discard();
  }
}
