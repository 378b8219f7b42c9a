package io.holdfast.journal;

import java.util.UUID;

/** The file is something else than a Holdfast journal, or the journal of another session. */
public final class JournalForeignException extends JournalException {
  private static final long serialVersionUID = 1L;

  /**
   * It was recorded on another machine.
   *
   * @param recorded the machine it names
   * @param here this machine
   */
  public static JournalForeignException fromAnotherHost(String recorded, String here) {
    return new JournalForeignException(
        "the journal was recorded on host " + recorded + ", this is host " + here,
        "physical addresses mean nothing on another machine; use it where it was recorded, or"
            + " choose another state directory");
  }

  /**
   * It records another session than the one that the kernel holds.
   *
   * @param recorded the journal's id
   * @param sealed the id of the journal that the preserved session was recorded in
   */
  public static JournalForeignException ofAnotherSession(UUID recorded, UUID sealed) {
    return new JournalForeignException(
        "the journal "
            + recorded
            + " in the state directory is not that of the preserved session, which was recorded in"
            + " journal "
            + sealed,
        "give the state directory of the process that preserved the session");
  }

  JournalForeignException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
