package io.holdfast.doctor;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.StatUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A host that consists of what a test says is there; everything else answers ENOENT. Not
 * thread-safe.
 */
final class FakeHost {
  private final Map<String, String> files = new HashMap<>();
  private final Map<String, List<String>> folders = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();
  private final Map<String, Integer> devices = new HashMap<>();
  private final Set<String> denied = new HashSet<>();
  private int getPaAnswer = -Errno.ENOENT;
  private int openDescriptors;

  FakeHost file(String path, String text) {
    files.put(path, text);
    return this;
  }

  FakeHost folder(String path, String... names) {
    folders.put(path, List.of(names));
    return this;
  }

  /** A directory that may not be listed. */
  FakeHost denied(String path) {
    denied.add(path);
    return this;
  }

  FakeHost link(String path, String target) {
    links.put(path, target);
    return this;
  }

  /** What opening a device is answered: 0 for success, or {@code -errno}. */
  FakeHost device(String path, int answer) {
    devices.put(path, answer);
    return this;
  }

  FakeHost getPa(int answer) {
    getPaAnswer = answer;
    return this;
  }

  /** How many descriptors have been opened and not closed. */
  int openDescriptors() {
    return openDescriptors;
  }

  /** The host as a kernel; calls that a doctor has no business making fail the test. */
  Syscalls kernel() {
    return (Syscalls)
        Proxy.newProxyInstance(
            Syscalls.class.getClassLoader(),
            new Class<?>[] {Syscalls.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "open" -> open((String) arguments[0]);
                  case "close" -> arguments == null ? null : closed();
                  case "ioctl" -> getPaAnswer;
                  case "getpid" -> 1000;
                  case "readFile" -> read((String) arguments[0], (byte[]) arguments[1]);
                  case "listFolder" -> list((String) arguments[0], namesOf(arguments[1]));
                  case "statx" -> status((String) arguments[1], (MemorySegment) arguments[4]);
                  case "readLink" -> follow((String) arguments[0], namesOf(arguments[1]));
                  default ->
                      throw new InvocationTargetException(
                          new AssertionError("a doctor called " + method));
                });
  }

  @SuppressWarnings("unchecked")
  private static List<String> namesOf(Object argument) {
    return (List<String>) argument;
  }

  /** Every path below /dev is a device of its own. */
  private int status(String path, MemorySegment into) {
    String target = links.getOrDefault(path, path);
    if (!target.startsWith("/dev/")) {
      return -Errno.ENOENT;
    }
    statx.stx_mode.set(into, StatUapi.S_IFCHR);
    statx.stx_rdev_minor.set(into, target.hashCode());
    return 0;
  }

  private int open(String path) {
    int answer = devices.getOrDefault(path, -Errno.ENOENT);
    if (answer == 0) {
      openDescriptors++;
      return 7;
    }
    return answer;
  }

  private int closed() {
    openDescriptors--;
    return 0;
  }

  private int read(String path, byte[] into) {
    String text = files.get(path);
    if (text == null) {
      return -Errno.ENOENT;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, into.length);
    System.arraycopy(bytes, 0, into, 0, length);
    return length;
  }

  private int list(String path, List<String> into) {
    if (denied.contains(path)) {
      return -Errno.EACCES;
    }
    List<String> names = folders.get(path);
    if (names == null) {
      return -Errno.ENOENT;
    }
    into.addAll(new ArrayList<>(names));
    return names.size();
  }

  private int follow(String path, List<String> into) {
    String target = links.get(path);
    if (target == null) {
      return -Errno.ENOENT;
    }
    into.add(target);
    return target.length();
  }
}
