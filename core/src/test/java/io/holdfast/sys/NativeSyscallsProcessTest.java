package io.holdfast.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a JVM of its own is needed for: being replaced, and being denied native access. */
class NativeSyscallsProcessTest {
  /** Replaces its JVM by a shell. */
  static final class Replaced {
    public static void main(String[] arguments) {
      String script = "echo \"$0 $1 $HELD [$HOME]\"; echo pid $$; cat /proc/self/status";
      int refused =
          NativeSyscalls.open()
              .execve(
                  "/bin/sh", List.of("sh", "-c", script, "zero", "größe"), List.of("HELD=fast"));
      System.out.println("execve answered " + refused);
    }
  }

  @Test
  void isReplacedByAProgramWithItsArgumentsAndEnvironment()
      throws IOException, InterruptedException {
    ChildJvm.Result result =
        ChildJvm.run(Replaced.class, List.of("--enable-native-access=ALL-UNNAMED"));
    assertThat(result.output())
        .startsWith("zero größe fast []\n")
        .contains("pid " + result.pid() + "\n")
        .contains("SigBlk:\t0000000000000000\n");
    assertThat(result.status()).isZero();
  }

  /** Opens twice, since the JVM tells the reason of a failed class only once. */
  static final class Denied {
    public static void main(String[] arguments) {
      for (int i = 0; i < 2; i++) {
        try (NativeSyscalls kernel = NativeSyscalls.open()) {
          System.out.println("opened " + kernel.getpid());
        } catch (NativeAccessDeniedException denied) {
          System.out.println(denied.problem() + " -> " + denied.remedy());
        }
      }
    }
  }

  @Test
  void namesTheFlagWhenNativeAccessIsDenied() throws IOException, InterruptedException {
    ChildJvm.Result result = ChildJvm.run(Denied.class, List.of("--illegal-native-access=deny"));
    String told =
        "this JVM denies native access to the class path"
            + " -> start java with --enable-native-access=ALL-UNNAMED (`java -jar"
            + " holdfast-core.jar --print-jvm-flags` prints all flags needed)\n";
    assertThat(result.output()).isEqualTo(told + told);
  }
}
