package io.holdfast.sim;

import io.holdfast.model.PciAddress;
import io.holdfast.sim.SessionLog.SavedFile;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A running kernel: what is new with each boot, built from what the machine's directory holds. */
final class Boot {
  private final SimulatedKernel kernel;
  private final MachineDirectory directory;
  private final Arena arena = Arena.ofShared();
  private final SimulatedMachine machine;
  private final PhysicalMemory memory;
  private final SessionLog log;
  private final LiveUpdate liveUpdate;
  private final Map<PciAddress, PciFunction> functions = new TreeMap<>();
  private final Set<MemoryFile> memoryFiles = new LinkedHashSet<>();
  private boolean goingDown;
  private final Namespace namespace;
  private BootFile file;
  private long nextInode = 1;
  private long lockedPages;
  private final OpenFileCount openFiles = new OpenFileCount();
  private int retrieveFailure;

  Boot(SimulatedKernel kernel, MachineDirectory directory) {
    this.kernel = kernel;
    this.directory = directory;
    Path path = directory.path();
    machine = directory.read(path.resolve("machine"), MachineFile::decode);
    file = directory.read(path.resolve("boot"), BootFile::decode);
    // Sessions for the next kernel were closed by the death of whoever had the directory before.
    Map<String, Map<Long, SavedFile>> incoming = SessionLog.read(directory).incoming();
    log = SessionLog.start(directory, incoming);
    new NextBoot(directory).discardAllBut(incoming);
    long frames = machine.memoryBytes() >> PhysicalMemory.PAGE_SHIFT;
    memory =
        new PhysicalMemory(
            machine.memoryBytes(),
            machine.singlePagePercent(),
            machine.numaNodes(),
            NextBoot.seed(machine, file.generation()),
            map(path.resolve("frames"), frames));
    liveUpdate = new LiveUpdate(kernel, log);
    incoming.forEach(this::restore);
    for (int pfn = file.foreign().nextSetBit(0);
        pfn >= 0;
        pfn = file.foreign().nextSetBit(pfn + 1)) {
      memory.take(pfn, PhysicalMemory.FOREIGN, pfn);
    }
    machine.devices().forEach(this::plug);
    namespace = new Namespace(kernel, this);
  }

  private MemorySegment map(Path path, long bytes) {
    try (FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void restore(String name, Map<Long, SavedFile> files) {
    LuoSession session = new LuoSession(name, true);
    files.forEach((token, saved) -> {
      MemoryFile restored =
          new MemoryFile(
              memory,
              memoryFiles,
              saved.inode(),
              false,
              saved.seals(),
              true,
              PageStore.open(directory.memory(saved.inode())));
      restored.adopt(saved.size(), SessionLog.readFrames(directory, saved.inode()));
      restored.hold();
      restored.freeze(true);
      nextInode = Math.max(nextInode, saved.inode() + 1);
      session.files().put(token, new LuoSession.PreservedFile(restored, null, saved));
    });
    liveUpdate.incoming().put(name, session);
  }

  private void plug(PciAddress address, Class<? extends SimulatedDevice> model) {
    SimulatedDevice device;
    try {
      device = model.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new SimulatedKernelException(
          "cannot make a device of the model " + model.getName(),
          "it must be a public class with a public constructor without arguments",
          e);
    }
    Path path = directory.device(address + "-" + model.getName());
    boolean known = Files.exists(path);
    PciFunction function =
        new PciFunction(
            kernel,
            this,
            address,
            device,
            map(path, PciFunction.memoryBytes(device)),
            storage(address, device),
            new MappedBars(
                device,
                PageStore.open(path),
                bar -> PageStore.open(directory.device(address + "-bar" + bar)),
                arena));
    if (!known) {
      function.powerOn();
    }
    functions.put(address, function);
    BootFile.Driver driver = file.drivers().get(address.toString());
    if (driver != null) {
      function.driver(driver.name());
      function.driverOverride(driver.override());
      function.vfioIndex(driver.vfioIndex());
    }
  }

  private MemorySegment storage(PciAddress address, SimulatedDevice device) {
    return device.storageBytes() == 0
        ? MemorySegment.NULL
        : map(
            directory.storage(address + "-" + device.getClass().getName()), device.storageBytes());
  }

  SimulatedMachine machine() {
    return machine;
  }

  BootFile file() {
    return file;
  }

  PhysicalMemory memory() {
    return memory;
  }

  OpenFileCount openFiles() {
    return openFiles;
  }

  LiveUpdate liveUpdate() {
    return liveUpdate;
  }

  Namespace namespace() {
    return namespace;
  }

  Iterable<PciFunction> functions() {
    return functions.values();
  }

  /** How many IOMMU groups the machine has: one for each slot that the IOMMU stands in front of. */
  int iommuGroups() {
    return slotsBehindIommu().size();
  }

  /** The number of the IOMMU group of a function behind it. */
  int iommuGroup(PciFunction function) {
    return slotsBehindIommu().indexOf(slot(function.address()));
  }

  private List<Integer> slotsBehindIommu() {
    return functions.values().stream()
        .filter(PciFunction::isBehindIommu)
        .map(function -> slot(function.address()))
        .distinct()
        .toList();
  }

  /** An address without the function, as PCI packs it. */
  private static int slot(PciAddress address) {
    return address.packed() >>> 3;
  }

  PciFunction function(PciAddress address) {
    return Optional.ofNullable(functions.get(address))
        .orElseThrow(() -> new IllegalArgumentException("no device at " + address));
  }

  Optional<PciFunction> functionAt(String address) {
    return functions.values().stream()
        .filter(each -> each.address().toString().equals(address))
        .findFirst();
  }

  /** A new memfd's inode. */
  MemoryFile newMemoryFile(boolean hugetlb, int seals) {
    long inode = nextInode++;
    boolean executable = (seals & FcntlUapi.F_SEAL_EXEC) == 0;
    return new MemoryFile(
        memory,
        memoryFiles,
        inode,
        hugetlb,
        seals,
        executable,
        PageStore.open(directory.memory(inode)));
  }

  int migratePages() {
    int moved = 0;
    for (SimulatedProcess each : kernel.processes()) {
      moved += each.addressSpace().migrate();
    }
    for (MemoryFile each : memoryFiles) {
      if (each.isFrozen()) {
        continue;
      }
      for (int page = 0; page < each.pages(); page++) {
        int pfn = each.frames()[page];
        if (pfn >= 0 && !memory.isPinned(pfn) && memory.freeFrames() > 0) {
          each.migrate(page);
          moved++;
        }
      }
    }
    return moved;
  }

  /** Counts pages as the user's locked ones; ENOMEM past the limit. */
  void lockPages(int pages, long limit) {
    if (lockedPages + pages > limit) {
      throw Failure.of(Errno.ENOMEM);
    }
    lockedPages += pages;
  }

  void unlockPages(int pages) {
    lockedPages -= pages;
  }

  void failNextRetrieve(int errno) {
    retrieveFailure = errno;
  }

  int takePlannedRetrieveFailure() {
    int errno = retrieveFailure;
    retrieveFailure = 0;
    return errno;
  }

  /** Loads a kexec image with a command line, or unloads it. */
  void loadImage(Optional<String> commandLine) {
    save(file.noiommuMode(), file.nextVfioIndex(), commandLine);
  }

  void setNoiommuMode(boolean on) {
    save(on, file.nextVfioIndex(), file.nextCommandLine());
  }

  int takeVfioIndex() {
    int index = file.nextVfioIndex();
    save(file.noiommuMode(), index + 1, file.nextCommandLine());
    return index;
  }

  /** Notes which drivers the devices have. */
  void saveDrivers() {
    save(file.noiommuMode(), file.nextVfioIndex(), file.nextCommandLine());
  }

  private void save(boolean noiommuMode, int nextVfioIndex, Optional<String> nextCommandLine) {
    Map<String, BootFile.Driver> drivers = new HashMap<>();
    for (PciFunction each : functions.values()) {
      drivers.put(
          each.address().toString(),
          new BootFile.Driver(each.driver(), each.driverOverride(), each.vfioIndex()));
    }
    file =
        new BootFile(
            file.generation(),
            file.bootId(),
            noiommuMode,
            nextVfioIndex,
            nextCommandLine,
            drivers,
            file.foreign());
    directory.write(directory.path().resolve("boot"), file::encode);
  }

  /** From now on sessions may be closed without the directory learning of it. */
  void retireSessions() {
    liveUpdate
        .outgoing()
        .values()
        .forEach(session -> session.files().values().forEach(each -> each.memory.hold()));
    log.retire();
    memory.keepMarks();
    goingDown = true;
  }

  /** Processes are killed by a kexec or power-off: no driver gets to close its device. */
  boolean isGoingDown() {
    return goingDown;
  }

  /** Devices look at those of their registers that processes have mapped. */
  void look() {
    functions.values().forEach(each -> each.bars().look());
  }

  void close() {
    functions.values().forEach(each -> each.bars().close());
    memoryFiles.forEach(each -> each.store().close());
    log.close();
    arena.close();
  }
}
