package io.holdfast.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A stream that the process was started with, or was not: a file that the JVM opens gets the number
 * of one that is closed, and must not be taken for it.
 */
enum StandardStream {
  IN(0),
  OUT(1),
  ERR(2);

  private final int fd;

  StandardStream(int fd) {
    this.fd = fd;
  }

  /** Whether the process was started with it: the JVM's first file gets the first free number. */
  boolean isOpen() {
    try {
      return !target().startsWith(System.getProperty("java.home"));
    } catch (IOException | UnsupportedOperationException e) {
      return !Files.exists(Path.of("/proc/self/fd"));
    }
  }

  private String target() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
  }

  /** Whether people see it. The JDK's own Console would load a line editor to find this out. */
  boolean isTerminal() {
    try {
      String target = target();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Writes to it; every write fails if it is closed. */
  WatchedStream output() {
    FileDescriptor descriptor = this == ERR ? FileDescriptor.err : FileDescriptor.out;
    return new WatchedStream(isOpen() ? new FileOutputStream(descriptor) : new Closed());
  }

  /** What is written to a closed stream is lost. */
  private static final class Closed extends OutputStream {
    @Override
    public void write(int octet) throws IOException {
      throw new IOException("the stream is closed");
    }
  }
}
