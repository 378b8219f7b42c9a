package io.holdfast.vm;

import static io.holdfast.vm.Results.require;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.util.Locale;
import java.util.Map;

/** What an inherited descriptor is instead of what its name says. */
enum Swap {
  FILES("is not the file that the session preserved") {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      exchange(kernel, fd(announced, "file-2"), fd(announced, "file-3"));
    }
  },
  POOL_AND_FILE("is not the file that the session preserved") {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      exchange(kernel, fd(announced, "file-1"), fd(announced, "file-2"));
    }
  },
  UNRELATED_MEMFD("is not the file that the session preserved") {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      int other = kernel.memfd_create("other", MemfdUapi.MFD_CLOEXEC);
      require(kernel.ftruncate(other, 64 << 10) == 0, "cannot make a memfd");
      replace(kernel, fd(announced, "file-2"), other);
    }
  },
  DEVICES("the inherited descriptor of device") {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      exchange(kernel, fd(announced, "device-0"), fd(announced, "device-1"));
    }
  },
  DEVICE_AND_FILE {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      exchange(kernel, fd(announced, "device-0"), fd(announced, "file-2"));
    }
  },
  DEVICE_IS_NULL("the inherited descriptor of device") {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      replace(kernel, fd(announced, "device-1"), kernel.open("/dev/null", FcntlUapi.O_RDWR, 0));
    }
  },
  ANOTHER_IOMMUFD {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      replace(kernel, fd(announced, "iommufd"), kernel.open("/dev/iommu", FcntlUapi.O_RDWR, 0));
    }
  },
  IOMMUFD_AND_DEVICE {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      exchange(kernel, fd(announced, "iommufd"), fd(announced, "device-0"));
    }
  },
  CLOSED_FILE {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      require(kernel.close(fd(announced, "file-3")) == 0, "it is not open");
    }
  },
  SESSION_AND_FILE("is live update session \"first\", but LISTEN_FDNAMES calls it") {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      exchange(kernel, fd(announced, "session"), fd(announced, "file-2"));
    }
  },
  SESSION_AND_IOMMUFD("is live update session \"first\", but LISTEN_FDNAMES calls it") {
    @Override
    void apply(Syscalls kernel, Map<String, Integer> announced) {
      exchange(kernel, fd(announced, "session"), fd(announced, "iommufd"));
    }
  };

  private static final int ASIDE = 400;

  private final String words;

  Swap() {
    this("");
  }

  Swap(String words) {
    this.words = words;
  }

  /** Puts something else where a descriptor was announced. */
  abstract void apply(Syscalls kernel, Map<String, Integer> announced);

  /** What the refusal has to say. */
  String words() {
    return words;
  }

  String test() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether what was inherited is still there after the refusal, and has to be put right. */
  boolean isRefusedBeforeAnythingIsTaken() {
    return name().startsWith("SESSION");
  }

  private static int fd(Map<String, Integer> announced, String name) {
    return announced.entrySet().stream()
        .filter(each -> each.getKey().startsWith("holdfast-" + name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " among " + announced));
  }

  private static void exchange(Syscalls kernel, int one, int other) {
    int aside = kernel.dup2(one, ASIDE);
    require(aside == ASIDE, "dup2: %d", aside);
    kernel.dup2(other, one);
    kernel.dup2(ASIDE, other);
    kernel.close(ASIDE);
  }

  private static void replace(Syscalls kernel, int place, int other) {
    require(other >= 0, "cannot open it: %d", other);
    kernel.dup2(other, place);
    kernel.close(other);
  }
}
