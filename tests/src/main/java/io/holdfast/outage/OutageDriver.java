package io.holdfast.outage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.SyscallsHost;
import io.holdfast.VfioDevice;
import io.holdfast.disk.Disk;
import io.holdfast.drivers.edu.EduDriver;
import io.holdfast.engine.HostProcess;
import io.holdfast.model.PciAddress;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A driver whose outage is measured: it has sessions of equal buffers, each with an {@code edu}
 * device, and does what it is told by lines on its standard input.
 *
 * <p>{@code open I} opens a session, or restores it, and lets its device do a transfer; {@code
 * preserve I} stops the device and preserves the session, {@code preserve-first I} the other way
 * round; {@code kexec} replaces a simulated kernel; {@code end} ends it. Each prints what was
 * measured ({@link Figures}), then {@code done}. The session opened first in a JVM is called {@code
 * holdfast} in the figures, another one {@code warm}.
 */
public final class OutageDriver {
  /** Where the program that executes this one says when it did, by CLOCK_MONOTONIC. */
  static final String EXEC_NANOS = "HOLDFAST_EXEC_NANOS";

  private final Setup setup;
  private final Path state;
  private final StageClock clock;
  private final Host host;
  private final Optional<SimulatedKernel> simulation;
  private final Session[] sessions;

  /** A session that is opened or is yet to be. */
  private static final class Session {
    private final String name;
    private final PciAddress address;
    private final String who;
    private LiveSession live;
    private VfioDevice device;

    Session(String name, String address, String who) {
      this.name = name;
      this.address = PciAddress.parse(address);
      this.who = who;
    }
  }

  private OutageDriver(String where, Path state, Setup setup, String[] sessions) {
    this.setup = setup;
    this.state = state;
    this.simulation =
        where.equals("local")
            ? Optional.empty()
            : Optional.of(SimulatedKernel.openOrCreate(Path.of(where), machine(setup)));
    Syscalls kernel =
        simulation.<Syscalls>map(SimulatedKernel::process).orElseGet(NativeSyscalls::open);
    this.clock = new StageClock(kernel, simulation.isPresent());
    this.host = new SyscallsHost(clock, Disk.local(), "a host with a clock");
    this.sessions = new Session[sessions.length];
    for (int i = 0; i < sessions.length; i++) {
      String[] parts = sessions[i].split("@", 2);
      this.sessions[i] = new Session(parts[0], parts[1], i == 0 ? "holdfast" : "warm");
    }
  }

  /** A machine with room for two sessions of this setup, and a device for each. */
  static SimulatedMachine machine(Setup setup) {
    long bytes = Math.max(256L << 20, Math.multiplyExact(setup.count(), setup.bytes()) * 3);
    return SimulatedMachine.standard()
        .withMemoryBytes(bytes)
        .withDevice(new PciAddress(0, 0, 5, 0), EduDevice.class);
  }

  /**
   * Takes where to run ({@code local} or the folder of a simulated machine), the state directory,
   * the setup, and each session as {@code NAME@ADDRESS}.
   */
  public static void main(String[] arguments) throws IOException {
    long main = System.nanoTime();
    Setup setup = Setup.parse(arguments[2]);
    String[] sessions = new String[arguments.length - 3];
    System.arraycopy(arguments, 3, sessions, 0, sessions.length);
    OutageDriver driver = new OutageDriver(arguments[0], Path.of(arguments[1]), setup, sessions);
    long opened = System.nanoTime();
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    boolean first = true;
    for (String line = commands.readLine();
        line != null && !line.equals("end");
        line = commands.readLine()) {
      String[] words = line.split(" ", 2);
      switch (words[0]) {
        case "open" -> driver.open(Integer.parseInt(words[1]), first ? main : System.nanoTime());
        case "preserve" -> driver.preserve(Integer.parseInt(words[1]), false);
        case "preserve-first" -> driver.preserve(Integer.parseInt(words[1]), true);
        case "kexec" -> driver.kexec();
        default -> throw new IllegalArgumentException("no command " + line);
      }
      if (first) {
        driver.sayStart(main, opened);
        first = false;
      }
      System.out.println("done");
    }
    driver.close();
  }

  private void sayStart(long main, long opened) {
    String exec = System.getenv(EXEC_NANOS);
    if (exec != null) {
      say("holdfast", OutageStage.EXEC_TO_MAIN.id(), main - Long.parseLong(exec));
    }
    if (simulation.isPresent()) {
      say("holdfast", Figures.SIMULATION, opened - main);
    }
  }

  private void say(String who, String what, long nanos) {
    System.out.println(Figures.line(setup, who, what, nanos));
  }

  private void open(int index, long began) {
    Session session = sessions[index];
    clock.begin(began);
    long opening = System.nanoTime();
    session.live =
        LiveSession.openOrRestore(
            host, session.name, state, SessionOptions.defaults().withListener(clock));
    long opened = System.nanoTime();
    Ioas ioas = session.live.ioas("rings");
    session.device = session.live.bind(session.address, ioas);
    boolean restored = session.live.isRestored();
    DmaBuffer buffer = restored ? ioas.buffer("buffer-0", setup.bytes()) : makeBuffers(ioas);
    buffer.segment();
    Map<OutageStage, Long> stages = clock.end();
    long inHand = System.nanoTime();
    EduDriver edu = new EduDriver(session.device);
    session.device.enableBusMastering();
    edu.read(buffer.physicalAddress(0), EduDriver.MAX_TRANSFER_BYTES);
    long transferred = System.nanoTime();
    if (restored) {
      stages.forEach((stage, nanos) -> say(session.who, stage.id(), nanos));
      say(session.who, OutageStage.FIRST_IO.id(), transferred - inHand);
      say(session.who, Figures.RESTORE, inHand - began);
      say(session.who, Figures.OPEN, opened - opening);
      if (simulation.isPresent()) {
        say(session.who, Figures.KERNEL, clock.kernelNanos());
      }
    }
  }

  private DmaBuffer makeBuffers(Ioas ioas) {
    for (int i = 1; i < setup.count(); i++) {
      ioas.buffer("buffer-" + i, setup.bytes());
    }
    return ioas.buffer("buffer-0", setup.bytes());
  }

  private void preserve(int index, boolean first) {
    Session session = sessions[index];
    // What a driver's second life costs more than its first is told apart by the generation.
    String preserve =
        session.live.isRestored() ? OutageStage.PRESERVE.id() : Figures.FIRST_PRESERVE;
    long began = System.nanoTime();
    if (first) {
      session.live.preserve(PreserveOptions.defaults().whileDevicesWrite());
      long preserved = System.nanoTime();
      session.device.disableBusMastering();
      long stopped = System.nanoTime();
      say(session.who, preserve, preserved - began);
      say(session.who, Figures.INSIDE, stopped - preserved);
    } else {
      session.device.disableBusMastering();
      long stopped = System.nanoTime();
      session.live.preserve();
      long preserved = System.nanoTime();
      say(session.who, OutageStage.QUIESCE.id(), stopped - began);
      say(session.who, preserve, preserved - stopped);
    }
  }

  private void kexec() {
    long began = System.nanoTime();
    simulation.orElseThrow().kexec(KexecMode.FILE);
    say("holdfast", OutageStage.KEXEC.id(), System.nanoTime() - began);
    HostProcess.of(host)
        .died(); // Where a rehearsal goes on in this JVM, nothing holds the journal.
  }

  private void close() {
    for (Session session : sessions) {
      if (session.live != null && simulation.isEmpty()) {
        session.live.close();
      }
    }
    simulation.ifPresent(SimulatedKernel::close);
  }
}
