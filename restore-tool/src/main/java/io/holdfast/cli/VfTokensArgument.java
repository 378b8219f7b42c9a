package io.holdfast.cli;

import io.holdfast.VfTokenFile;
import io.holdfast.session.SessionException;
import io.holdfast.session.VfTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The option that names a file of VF tokens. A file and not the tokens, since everybody can read a
 * command line. A service gets one as a credential.
 */
final class VfTokensArgument {
  private static final String CREDENTIALS = "CREDENTIALS_DIRECTORY";
  private static final String CREDENTIAL = "holdfast.vf-tokens";

  private final OptionSpec file;

  VfTokensArgument(CommandSpec command) {
    file =
        Declared.in(
            command,
            Declared.path(
                "--vf-tokens",
                "FILE",
                "A file of VF tokens, which virtual functions are bound with: a line of ADDRESS"
                    + " UUID for each, readable by its owner only.",
                "Without it the service's credential holdfast.vf-tokens, if there is one."));
  }

  /** The tokens; none without a file. */
  VfTokens tokens() {
    return tokens(System.getenv(CREDENTIALS));
  }

  VfTokens tokens(String credentials) {
    Path path = file.getValue();
    if (path == null && credentials != null) {
      Path credential = Path.of(credentials).resolve(CREDENTIAL);
      path = Files.exists(credential) ? credential : null;
    }
    try {
      return path == null ? VfTokens.none() : VfTokenFile.read(path);
    } catch (SessionException refused) {
      throw new VerbException(ExitCode.INPUT_REFUSED, refused.problem(), refused.remedy());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
