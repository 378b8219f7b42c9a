import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Runs one test class, or one method as {@code Class#method}: exits 0 if it passed, 1 if it failed,
 * 2 if nothing ran.
 */
final class RunTest {
  private RunTest() {}

  public static void main(String[] arguments) {
    String test = arguments[0];
    LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    request.selectors(test.contains("#") ? selectMethod(test) : selectClass(test));
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request.build(), listener);
    listener.getSummary().printFailuresTo(new PrintWriter(System.out, true), 10);
    if (listener.getSummary().getTestsStartedCount() == 0) {
      System.exit(2);
    }
    System.exit(listener.getSummary().getTotalFailureCount() > 0 ? 1 : 0);
  }
}
