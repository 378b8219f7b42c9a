package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The simulated machine's file system: /proc, /sys, /dev and /etc, as far as drivers look. */
final class Namespace {
  private static final int MOST_LINKS = 40;

  private final SimulatedKernel kernel;
  private final Boot boot;

  /** What processes have made, by path. */
  private final Map<String, Node> made = new LinkedHashMap<>();

  private Node.Directory root;

  Namespace(SimulatedKernel kernel, Boot boot) {
    this.kernel = kernel;
    this.boot = boot;
    rebuild();
  }

  /** Makes the tree anew, after a device got or lost a driver. */
  void rebuild() {
    root = directory();
    new ProcFiles(boot).addTo(this);
    new DeviceNodes(kernel, boot).addTo(this);
    new PciTree(boot, this).addTo(this);
    made.forEach(this::add);
  }

  private static Node.Directory directory() {
    return new Node.Directory(new TreeMap<>());
  }

  void addDirectory(String path) {
    Node.Directory at = root;
    for (String name : names(path)) {
      at = (Node.Directory) at.children().computeIfAbsent(name, any -> directory());
    }
  }

  void add(String path, Node node) {
    int slash = path.lastIndexOf('/');
    String parent = path.substring(0, slash);
    addDirectory(parent);
    Node.Directory at = root;
    for (String name : names(parent)) {
      at = (Node.Directory) at.children().get(name);
    }
    at.children().put(path.substring(slash + 1), node);
  }

  /**
   * Makes a directory or a socket's node, below /run and /tmp; a directory is there already:
   * EEXIST.
   */
  void make(String path, Node node) {
    boolean isDirectory = node instanceof Node.Directory;
    int slash = path.lastIndexOf('/');
    if (slash < 0
        || !(find(path.substring(0, Math.max(slash, 1))) instanceof Node.Directory parent)) {
      throw Failure.of(slash < 0 ? Errno.ENOENT : Errno.ENOTDIR);
    }
    if (parent.children().containsKey(path.substring(slash + 1))) {
      throw Failure.of(isDirectory ? Errno.EEXIST : Errno.EADDRINUSE);
    }
    if (!path.startsWith("/run/") && !path.startsWith("/tmp/")) {
      throw Failure.of(Errno.EROFS);
    }
    parent.children().put(path.substring(slash + 1), node);
    made.put(path, node);
  }

  /** {@code unlink(2)}; only nodes of sockets can go. */
  void unlink(String path) {
    switch (find(path, false)) {
      case Node.Socket _ -> {
        int slash = path.lastIndexOf('/');
        ((Node.Directory) find(path.substring(0, slash)))
            .children()
            .remove(path.substring(slash + 1));
        made.remove(path);
      }
      case Node.Directory _ -> throw Failure.of(Errno.EISDIR);
      default -> throw Failure.of(Errno.EROFS);
    }
  }

  void addText(String path, Supplier<String> text) {
    addText(path, text, null);
  }

  /** {@code text} is null where it cannot be read, {@code write} where it cannot be written. */
  void addText(String path, Supplier<String> text, Consumer<String> write) {
    add(path, new Node.Text(text == null ? null : any -> bytes(text.get()), write));
  }

  void addProcessText(String path, Function<SimulatedProcess, String> text) {
    add(path, new Node.Text(process -> bytes(text.apply(process)), null));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What a path leads to, links followed. */
  Node find(String path) {
    return find(path, true);
  }

  /** What a path leads to; a link at its end is followed or is the answer. */
  Node find(String path, boolean followLast) {
    if (!path.startsWith("/")) {
      throw Failure.of(Errno.ENOENT);
    }
    Deque<String> left = new ArrayDeque<>(names(path));
    List<Node.Directory> above = new ArrayList<>(List.of(root));
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.poll();
      if (name.equals("..")) {
        if (above.size() > 1) {
          above.removeLast();
        }
        continue;
      }
      Node next = above.getLast().children().get(name);
      switch (next) {
        case null -> throw Failure.of(Errno.ENOENT);
        case Node.Directory inner -> above.add(inner);
        case Node.Link link -> {
          if (left.isEmpty() && !followLast) {
            return link;
          }
          if (++links > MOST_LINKS) {
            throw Failure.of(Errno.ELOOP);
          }
          names(link.target()).reversed().forEach(left::push);
          if (link.target().startsWith("/")) {
            above.subList(1, above.size()).clear();
          }
        }
        case Node.Text file -> {
          return last(file, left);
        }
        case Node.Device file -> {
          return last(file, left);
        }
        case Node.ProcessFile file -> {
          return last(file, left);
        }
        case Node.Config file -> {
          return last(file, left);
        }
        case Node.Socket file -> {
          return last(file, left);
        }
      }
    }
    return above.getLast();
  }

  private static Node last(Node file, Deque<String> left) {
    if (!left.isEmpty()) {
      throw Failure.of(Errno.ENOTDIR);
    }
    return file;
  }

  private static List<String> names(String path) {
    List<String> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return names;
  }
}
