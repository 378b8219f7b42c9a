package io.holdfast.sim;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes in the guest, on its kernel, and reports on its result line: each test as
 * {@code Class.method}, and each class as {@code Class}. Exits 0 if all passed.
 */
public final class GuestTests implements TestExecutionListener {
  private static final Path LINE = Path.of("/dev/ttyS1");

  private final PrintStream line;
  private final Map<String, Integer> passed = new LinkedHashMap<>();
  private final Map<String, Integer> failed = new LinkedHashMap<>();

  private GuestTests(PrintStream line) {
    this.line = line;
  }

  public static void main(String[] classes) throws IOException {
    System.setProperty(KernelUnderTest.PROPERTY, RunningKernelUnderTest.class.getName());
    LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    for (String name : classes) {
      request.selectors(selectClass(name));
    }
    GuestTests tests =
        new GuestTests(
            new PrintStream(Files.newOutputStream(LINE), true, StandardCharsets.US_ASCII));
    LauncherDiscoveryRequest built = request.build();
    LauncherFactory.create().execute(built, tests);
    for (String name : classes) {
      tests.report(name.substring(name.lastIndexOf('.') + 1));
    }
    System.exit(tests.failed.isEmpty() ? 0 : 1);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (!(test.getSource().orElse(null) instanceof MethodSource method)) {
      result
          .getThrowable()
          .filter(thrown -> !test.isTest())
          .ifPresent(thrown -> say(test.getDisplayName(), "failed " + thrown));
      return;
    }
    String name = method.getClassName().substring(method.getClassName().lastIndexOf('.') + 1);
    boolean ok = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    (ok ? passed : failed).merge(name, 1, Integer::sum);
    String outcome = "ok";
    if (!ok) {
      Throwable thrown = result.getThrowable().orElseThrow();
      thrown.printStackTrace();
      outcome = "failed " + thrown;
    }
    say(name + "." + method.getMethodName(), outcome);
  }

  private void report(String name) {
    int good = passed.getOrDefault(name, 0);
    int bad = failed.getOrDefault(name, 0);
    say(name, (good > 0 && bad == 0 ? "ok " : "failed ") + good + " passed, " + bad + " failed");
  }

  private void say(String name, String outcome) {
    String text = "HOLDFAST-TEST " + name + " " + outcome.replaceAll("\\s+", " ").strip();
    System.out.println(text);
    line.println(text);
  }
}
