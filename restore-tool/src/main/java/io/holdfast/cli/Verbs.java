package io.holdfast.cli;

import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** Makes the verbs, each with the console it speaks to. */
final class Verbs implements IFactory {
  private final Console console;

  Verbs(Console console) {
    this.console = console;
  }

  @Override
  public <K> K create(Class<K> type) throws Exception {
    K made = CommandLine.defaultFactory().create(type);
    if (made instanceof Verb verb) {
      verb.speakTo(console);
    }
    return made;
  }
}
