package io.holdfast.disk;

import io.holdfast.sys.Undo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A disk that refuses chosen operations, or under which the process dies at a chosen one: what
 * tests use to walk through every failure of a piece of work.
 *
 * <p>The operations that change something have a number, from 1 in the order in which they begin;
 * reading has none. Thread-safe.
 */
public final class FaultInjectingDisk implements Disk {
  /** What can be refused. */
  public enum Operation {
    CREATE_FOLDERS,
    CREATE,
    LOCK,
    WRITE,
    FORCE,
    FORCE_FOLDER,
    RENAME,
    LINK,
    DELETE
  }

  /**
   * One operation.
   *
   * @param operation what it is
   * @param path the file or folder it works on; for a rename, the new path
   * @param number counts the operations from 1
   */
  public record Step(Operation operation, Path path, long number) {}

  /** Decides the fate of each operation. */
  @FunctionalInterface
  public interface Fault {
    /** Called before an operation; an exception refuses it. An {@link Error} is a death. */
    void before(Step step) throws IOException;

    /** Called when an operation has been done, before anybody can act on that. */
    default void after(Step step) throws IOException {}

    /** Refuses the operation with this number, in these words. */
    static Fault refuse(long number, String reason) {
      return step -> {
        if (step.number() == number) {
          throw new IOException(reason);
        }
      };
    }
  }

  /** An operation that answers nothing. */
  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  private final Disk delegate;
  private final Fault fault;
  private final AtomicLong steps = new AtomicLong();

  /** A step on an open file tells the path that the file has now. */
  private final Set<FaultInjectingFile> open = ConcurrentHashMap.newKeySet();

  /** Refuses what {@code fault} says. */
  public FaultInjectingDisk(Disk delegate, Fault fault) {
    this.delegate = Objects.requireNonNull(delegate);
    this.fault = Objects.requireNonNull(fault);
  }

  /** How many operations have been numbered so far. */
  public long steps() {
    return steps.get();
  }

  private void step(Operation operation, Path path, Action action) throws IOException {
    Step step = new Step(operation, path, steps.incrementAndGet());
    fault.before(step);
    action.run();
    fault.after(step);
  }

  @Override
  public void createFolders(Path folder) throws IOException {
    step(Operation.CREATE_FOLDERS, folder, () -> delegate.createFolders(folder));
  }

  @Override
  public DiskFile create(Path file) throws IOException {
    DiskFile[] created = new DiskFile[1];
    try (Undo undo = new Undo()) {
      step(Operation.CREATE, file, () -> created[0] = undo.closes(delegate.create(file)));
      undo.forget();
      return new FaultInjectingFile(file, created[0]);
    }
  }

  @Override
  public DiskFile open(Path file, boolean writable) throws IOException {
    return new FaultInjectingFile(file, delegate.open(file, writable));
  }

  @Override
  public DiskLock lock(Path file, String note) throws IOException {
    DiskLock[] taken = new DiskLock[1];
    try (Undo undo = new Undo()) {
      step(Operation.LOCK, file, () -> taken[0] = undo.closes(delegate.lock(file, note)));
      undo.forget();
      return taken[0];
    }
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    step(Operation.FORCE_FOLDER, folder, () -> delegate.forceFolder(folder));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step(
        Operation.RENAME,
        to,
        () -> {
          delegate.rename(from, to);
          for (FaultInjectingFile file : open) {
            if (file.path.equals(from)) {
              file.path = to;
            }
          }
        });
  }

  @Override
  public void link(Path name, Path existing) throws IOException {
    step(Operation.LINK, name, () -> delegate.link(name, existing));
  }

  @Override
  public boolean delete(Path file) throws IOException {
    boolean[] deleted = new boolean[1];
    step(Operation.DELETE, file, () -> deleted[0] = delegate.delete(file));
    return deleted[0];
  }

  @Override
  public List<Path> list(Path folder) throws IOException {
    return delegate.list(folder);
  }

  /** Runs it at once, so that the operations of a piece of work always have the same numbers. */
  @Override
  public <T> Pending<T> begin(UninterruptedThread.Operation<T> operation) {
    return Ended.of(operation);
  }

  /** What an operation that has ended returned, or how it failed; never both. */
  private record Ended<T>(T result, IOException failure) implements Pending<T> {
    static <T> Ended<T> of(UninterruptedThread.Operation<T> operation) {
      try {
        return new Ended<>(operation.run(), null);
      } catch (IOException e) {
        return new Ended<>(null, e);
      }
    }

    @Override
    public boolean isDone() {
      return true;
    }

    @Override
    public T await() throws IOException {
      if (failure != null) {
        throw failure;
      }
      return result;
    }
  }

  private final class FaultInjectingFile implements DiskFile {
    private final DiskFile file;
    private volatile Path path;

    FaultInjectingFile(Path path, DiskFile file) {
      this.path = path;
      this.file = file;
      open.add(this);
    }

    @Override
    public long sizeBytes() throws IOException {
      return file.sizeBytes();
    }

    @Override
    public void read(ByteBuffer into, long at) throws IOException {
      file.read(into, at);
    }

    @Override
    public void write(ByteBuffer from, long at) throws IOException {
      step(Operation.WRITE, path, () -> file.write(from, at));
    }

    @Override
    public long dataAt(long at) throws IOException {
      return file.dataAt(at);
    }

    @Override
    public boolean hasHoles() throws IOException {
      return file.hasHoles();
    }

    @Override
    public MemorySegment map(long at, long bytes, Arena arena) throws IOException {
      return file.map(at, bytes, arena);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      step(Operation.FORCE, path, () -> file.force(metadata));
    }

    @Override
    public void close() {
      open.remove(this);
      file.close();
    }
  }
}
