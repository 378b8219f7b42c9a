package io.holdfast.sim;

import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** An entry of the simulated machine's file system. */
sealed interface Node {
  /** A directory, and what is in it by name. */
  record Directory(Map<String, Node> children, int permissions, int uid) implements Node {
    /** One that is there from the start, root's. */
    Directory(Map<String, Node> children) {
      this(children, 0755, 0);
    }
  }

  /** The node of a Unix socket, which stays when the socket is gone. */
  record Socket(SocketFile file, int permissions, int uid) implements Node {}

  /** A symbolic link; a relative target starts at the directory the link is in. */
  record Link(String target) implements Node {}

  /**
   * A file whose text is made when a process reads it; {@code write} is null where it cannot be
   * written.
   */
  record Text(Function<SimulatedProcess, byte[]> read, Consumer<String> write) implements Node {}

  /** A device node: makes an open file, or fails; the flags are those of {@code open(2)}. */
  record Device(DeviceNumbers number, BiFunction<SimulatedProcess, Integer, OpenFile> open)
      implements Node {}

  /** A process's own file of /proc that is no text; {@code open} makes an open file. */
  record ProcessFile(int permissions, Function<SimulatedProcess, OpenFile> open) implements Node {}

  /** A device's configuration space in sysfs. */
  record Config(PciFunction function) implements Node {}
}
