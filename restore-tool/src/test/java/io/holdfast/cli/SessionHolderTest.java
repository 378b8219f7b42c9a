package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.NativeSyscalls;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which processes hold sessions, as /proc tells it. */
class SessionHolderTest {
  /** A /proc with these processes, and what listing the descriptors of each answers. */
  private static final class Processes extends ForwardingSyscalls {
    private final Map<String, Integer> answers;

    Processes(Map<String, Integer> answers) {
      super(NativeSyscalls.open());
      this.answers = answers;
    }

    @Override
    public int listFolder(String path, List<String> names) {
      if (path.equals("/proc")) {
        names.addAll(answers.keySet());
        names.add("meminfo");
        return 0;
      }
      return answers.get(path.replaceAll("\\D", ""));
    }
  }

  @Test
  void aProcessThatHasEndedMeanwhileIsNotHidden() {
    SessionHolder.Found found =
        SessionHolder.findAll(
            new Processes(
                Map.of("1", -Errno.EACCES, "2", -Errno.EPERM, "3", -Errno.ENOENT, "4", 0)));
    assertThat(found.hidden()).isEqualTo(2);
    assertThat(found.bySession()).isEmpty();
  }
}
