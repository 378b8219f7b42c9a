package io.holdfast.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FaultInjectingSyscallsTest {
  /** What has reached the kernel. */
  private final List<String> reached = new ArrayList<>();

  /** A kernel that answers 7 to everything. */
  private final Syscalls kernel =
      (Syscalls)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Syscalls.class},
              (_, method, _) -> {
                reached.add(method.getName());
                Class<?> answer = method.getReturnType();
                return answer == void.class
                    ? null
                    : answer == long.class ? (Object) 7L : (Object) 7;
              });

  /** All calls that can fail. */
  static Stream<Method> calls() {
    return Arrays.stream(Syscalls.class.getDeclaredMethods())
        .filter(method -> method.getReturnType() != void.class)
        .filter(method -> !List.of("getpid", "geteuid").contains(method.getName()));
  }

  private static long call(Syscalls kernel, Method method) throws ReflectiveOperationException {
    Object[] arguments =
        Arrays.stream(method.getParameterTypes())
            .map(FaultInjectingSyscallsTest::anything)
            .toArray();
    return ((Number) method.invoke(kernel, arguments)).longValue();
  }

  private static Object anything(Class<?> type) {
    if (type == MemorySegment.class) {
      return MemorySegment.NULL;
    }
    if (type == List.class) {
      return List.of();
    }
    if (type == byte[].class) {
      return new byte[0];
    }
    return type == String.class ? "/" : type == long.class ? (Object) 1L : (Object) 1;
  }

  @ParameterizedTest
  @MethodSource("calls")
  void refusesTheChosenCallAndNoOther(Method method) throws ReflectiveOperationException {
    try (FaultInjectingSyscalls faulty =
        new FaultInjectingSyscalls(kernel, Fault.refuse(2, Errno.EIO))) {
      assertThat(call(faulty, method)).isEqualTo(7);
      assertThat(call(faulty, method)).isEqualTo(-Errno.EIO);
      assertThat(call(faulty, method)).isEqualTo(7);
      assertThat(faulty.calls()).isEqualTo(3);
    }
    int reachedTwice = method.getName().equals("close") ? 3 : 2; // a failed close has closed
    assertThat(reached).hasSize(reachedTwice + 1).endsWith("close");
  }

  @ParameterizedTest
  @MethodSource("calls")
  void reachesNoKernelOnceDead(Method method) throws ReflectiveOperationException {
    int[] deaths = new int[1];
    FaultInjectingSyscalls faulty =
        new FaultInjectingSyscalls(kernel, Fault.dieBefore(1), () -> deaths[0]++);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> call(faulty, method))
          .isInstanceOf(InvocationTargetException.class)
          .hasCauseInstanceOf(ProcessDied.class);
    }
    assertThat(faulty.isDead()).isTrue();
    assertThat(deaths[0]).isEqualTo(1);
    assertThat(reached).isEmpty();
  }

  @Test
  void diesAfterTheKernelHasActed() {
    FaultInjectingSyscalls faulty = new FaultInjectingSyscalls(kernel, Fault.dieAfter(2));
    assertThat(faulty.eventfd(0, 0)).isEqualTo(7);
    assertThatThrownBy(() -> faulty.ftruncate(3, 4096))
        .isInstanceOf(ProcessDied.class)
        .hasMessageContaining("call 2, ftruncate");
    assertThat(reached).containsExactly("eventfd", "ftruncate");
    assertThatThrownBy(() -> faulty.close(3)).isInstanceOf(ProcessDied.class);
    assertThat(reached).hasSize(2);
  }

  @Test
  void asksAboutEachCallWithItsNameRequestAndNumber() {
    List<String> asked = new ArrayList<>();
    Fault fault =
        call -> {
          asked.add(call.number() + " " + call.name() + " " + call.request());
          return call.request() == 0x3b81 ? Errno.ENOMEM : Fault.NONE;
        };
    FaultInjectingSyscalls faulty = new FaultInjectingSyscalls(kernel, fault);
    assertThat(faulty.open("/dev/iommu", 0, 0)).isEqualTo(7);
    assertThat(faulty.ioctl(7, 0x3b81, MemorySegment.NULL)).isEqualTo(-Errno.ENOMEM);
    assertThat(faulty.ioctl(7, 0x3b6f, 0L)).isEqualTo(7);
    assertThat(faulty.getpid()).isEqualTo(7);
    assertThat(asked).containsExactly("1 open 0", "2 ioctl 15233", "3 ioctl 15215");
  }

  @Test
  void takesOnlyErrnos() {
    assertThatThrownBy(() -> Fault.refuse(1, -5)).isInstanceOf(IllegalArgumentException.class);
    FaultInjectingSyscalls faulty = new FaultInjectingSyscalls(kernel, call -> -5);
    assertThatThrownBy(() -> faulty.eventfd(0, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
