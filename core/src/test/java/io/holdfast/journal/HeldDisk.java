package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.disk.DiskLock;
import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.disk.Pending;
import io.holdfast.disk.UninterruptedThread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.FutureTask;

/** A disk whose background work is done when the test says so, or somebody waits for it. */
final class HeldDisk implements Disk {
  private final Disk delegate;
  private final Queue<Held<?>> held = new ArrayDeque<>();

  private static final class Held<T> implements Pending<T> {
    private final UninterruptedThread.Operation<T> operation;
    private final FutureTask<T> task;
    private IOException failure;

    Held(UninterruptedThread.Operation<T> operation) {
      this.operation = operation;
      task = new FutureTask<>(this::run);
    }

    private T run() {
      try {
        return operation.run();
      } catch (IOException e) {
        failure = e;
        return null;
      }
    }

    @Override
    public boolean isDone() {
      return task.isDone();
    }

    @Override
    public T await() throws IOException {
      task.run();
      if (failure != null) {
        throw failure;
      }
      return task.resultNow();
    }
  }

  HeldDisk(FaultInjectingDisk.Fault fault) {
    delegate = new FaultInjectingDisk(Disk.local(), fault);
  }

  /** Does what has been begun. */
  void release() {
    while (!held.isEmpty()) {
      held.remove().task.run();
    }
  }

  /** Whether something has been begun and not done. */
  boolean isHolding() {
    return held.stream().anyMatch(begun -> !begun.isDone());
  }

  @Override
  public <T> Pending<T> begin(UninterruptedThread.Operation<T> operation) {
    Held<T> begun = new Held<>(operation);
    held.add(begun);
    return begun;
  }

  @Override
  public void createFolders(Path folder) throws IOException {
    delegate.createFolders(folder);
  }

  @Override
  public DiskFile create(Path file) throws IOException {
    return delegate.create(file);
  }

  @Override
  public DiskFile open(Path file, boolean writable) throws IOException {
    return delegate.open(file, writable);
  }

  @Override
  public DiskLock lock(Path file, String note) throws IOException {
    return delegate.lock(file, note);
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    delegate.forceFolder(folder);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    delegate.rename(from, to);
  }

  @Override
  public void link(Path name, Path existing) throws IOException {
    delegate.link(name, existing);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    return delegate.delete(file);
  }

  @Override
  public List<Path> list(Path folder) throws IOException {
    return delegate.list(folder);
  }
}
