package io.holdfast.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.FaultInjectingDisk.Fault;
import io.holdfast.disk.FaultInjectingDisk.Operation;
import io.holdfast.disk.FaultInjectingDisk.Step;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The local disk, and the one that refuses. */
class DiskTest {
  @TempDir private Path temporary;

  private static void write(Disk disk, Path path, String text) throws IOException {
    try (DiskFile file = disk.create(path)) {
      file.write(ByteBuffer.wrap(text.getBytes(US_ASCII)), 0);
      file.force(true);
    }
  }

  @Test
  void whatIsCreatedIsPrivateAndNeverReplacesAnything() throws IOException {
    Path folder = temporary.resolve("a").resolve("b");
    Disk disk = Disk.local();
    disk.createFolders(folder);
    write(disk, folder.resolve("file"), "first");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    assertThat(Privacy.ofFolder(folder)).isEmpty();
    assertThat(Privacy.ofFile(folder.resolve("file"), false)).isEmpty();
    assertThatThrownBy(() -> write(disk, folder.resolve("file"), "second"))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("file"));
    assertThatThrownBy(() -> disk.open(folder.resolve("link"), true))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> write(disk, folder.resolve("link"), "second"))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(Files.readString(folder.resolve("file"))).isEqualTo("first");
  }

  @Test
  void aFifoIsNotWaitedFor() throws Exception {
    Path fifo = temporary.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    for (boolean writable : new boolean[] {false, true}) {
      assertThatThrownBy(() -> Disk.local().open(fifo, writable))
          .isInstanceOf(NotPlainFileException.class);
    }
  }

  @Test
  void aDirectoryThatOthersCanReplaceIsNotPrivate() throws IOException {
    Path directory = temporary.resolve("above").resolve("state");
    Disk.local().createFolders(directory);
    assertThat(Privacy.ofParents(directory)).isEmpty();
    for (String open : List.of("rwxrwx---", "rwx----w-")) {
      Files.setPosixFilePermissions(directory.getParent(), PosixFilePermissions.fromString(open));
      assertThat(Privacy.ofFolder(directory)).isEmpty();
      assertThat(Privacy.ofParents(directory)).get().asString().contains("above", "chmod go-w");
    }
    // As /tmp is: nobody can rename what is another's.
    Files.setAttribute(directory.getParent(), "unix:mode", 01777);
    assertThat(Privacy.ofParents(directory)).isEmpty();
    // What counts is where it really is.
    Files.setAttribute(directory.getParent(), "unix:mode", 0777);
    Path link = Files.createSymbolicLink(temporary.resolve("link"), directory.getParent());
    assertThat(Privacy.ofParents(link.resolve("state"))).isPresent();
    if (Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      Files.setAttribute(directory.getParent(), "unix:mode", 0755);
      Files.setAttribute(directory.getParent(), "unix:uid", 4711);
      assertThat(Privacy.ofParents(directory)).get().asString().contains("user 4711");
    }
  }

  @Test
  void anInterruptedThreadFinishesWhatItDoesInTheSameFile() throws IOException {
    Path file = temporary.resolve("file");
    Path renamed = temporary.resolve("renamed");
    try (DiskFile open = Disk.local().create(file)) {
      open.write(ByteBuffer.wrap("before".getBytes(US_ASCII)), 0);
      Disk.local().rename(file, renamed);
      Files.writeString(file, "another file");
      Thread.currentThread().interrupt();
      open.write(ByteBuffer.wrap("after ".getBytes(US_ASCII)), 0);
      open.force(false);
      ByteBuffer read = ByteBuffer.allocate(100);
      open.read(read, 0);
      assertThat(read.position()).isEqualTo(6);
      assertThat(open.sizeBytes()).isEqualTo(6);
      try (Arena arena = Arena.ofShared()) {
        assertThat(open.map(0, 6, arena).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'a');
      }
      Disk.local().forceFolder(temporary);
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(Files.readString(renamed)).isEqualTo("after ");
    assertThat(Files.readString(file)).isEqualTo("another file");
  }

  @Test
  void aLockIsHeldAgainstTheSameProcessTooUntilItIsClosed() throws IOException {
    Path file = temporary.resolve("lock");
    DiskLock lock = Disk.local().lock(file, "pid 1");
    Files.readAllBytes(file);
    assertThatThrownBy(() -> Disk.local().lock(file, "pid 2"))
        .isInstanceOf(DiskLock.HeldException.class)
        .extracting(e -> ((DiskLock.HeldException) e).note())
        .isEqualTo("pid 1");
    lock.close();
    lock.close();
    Disk.local().lock(file, "pid 123").close();
    Disk.local().lock(file, "pid 9").close();
    assertThat(Files.readString(file).strip()).isEqualTo("pid 9");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Path link = temporary.resolve("link-to-lock");
    Files.createSymbolicLink(link, file);
    assertThatThrownBy(() -> Disk.local().lock(link, "pid 1")).hasMessageContaining("ELOOP");
  }

  @Test
  void everyOperationThatChangesSomethingIsNumberedAndCanBeRefused() throws IOException {
    List<Step> steps = new ArrayList<>();
    work(new FaultInjectingDisk(Disk.local(), steps::add), temporary.resolve("clean"));
    assertThat(steps.stream().map(Step::operation))
        .containsExactly(
            Operation.CREATE_FOLDERS,
            Operation.LOCK,
            Operation.CREATE,
            Operation.WRITE,
            Operation.FORCE,
            Operation.LINK,
            Operation.RENAME,
            Operation.FORCE_FOLDER,
            Operation.DELETE);
    for (int number = 1; number <= steps.size(); number++) {
      FaultInjectingDisk disk =
          new FaultInjectingDisk(Disk.local(), Fault.refuse(number, "No space left on device"));
      Path folder = temporary.resolve("refused-" + number);
      assertThatThrownBy(() -> work(disk, folder))
          .isInstanceOf(IOException.class)
          .hasMessage("No space left on device");
      assertThat(disk.steps()).isEqualTo(number);
    }
  }

  private static void work(Disk disk, Path folder) throws IOException {
    disk.createFolders(folder);
    disk.lock(folder.resolve("three"), "note").close();
    write(disk, folder.resolve("one"), "text");
    disk.link(folder.resolve("two"), folder.resolve("one"));
    disk.rename(folder.resolve("one"), folder.resolve("three"));
    disk.forceFolder(folder);
    assertThat(disk.delete(folder.resolve("two"))).isTrue();
    assertThat(disk.list(folder)).containsExactly(folder.resolve("three"));
  }
}
