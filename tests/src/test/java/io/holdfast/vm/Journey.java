package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.drivers.edu.EduDriver;
import io.holdfast.journal.JournalContents;
import io.holdfast.journal.JournalReader;
import io.holdfast.model.SessionState;
import io.holdfast.session.PreserveOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.List;

/**
 * The main scenario: a driver sets up its memory, and after each of three kexecs has it back, byte
 * and address.
 *
 * <p>It finds out where it is by asking: Holdfast, whether the session came over a kexec; its
 * notes, after which one. What it leaves behind before the last kexec is for the witness.
 */
final class Journey {
  static final String SESSION = "nic0";
  private static final int KEXECS = 3;
  private static final int TRANSFER = EduDriver.MAX_TRANSFER_BYTES;

  private final LiveSession session;
  private final JourneyBuffers buffers;
  private final Notes notes;
  private final int kexecs;

  private Journey(Host host, LiveSession session, Notes notes) {
    this.session = session;
    this.notes = notes;
    this.kexecs = notes.number("kexecs");
    this.buffers = new JourneyBuffers(host, session);
  }

  /** Goes on to the next kexec; returns only if that fails. */
  static void run() throws Exception {
    Notes notes = Notes.read(Guest.STATE.resolve("notes"));
    boolean first = notes.number("kexecs") == 0;
    try (Host host = Host.local();
        LiveSession session = LiveSession.openOrRestore(host, SESSION, Guest.SESSIONS)) {
      Journey journey = new Journey(host, session, notes);
      if (first) {
        journey.checkFresh();
      } else {
        journey.checkRestored();
      }
      journey.prepareForKexec();
      Guest.kexec();
    }
  }

  private void checkFresh() {
    check(
        "fresh.many-extents",
        () -> {
          int extents = buffers.packets.extents().size();
          require(extents >= 1000, "64 MiB came in %d extents only", extents);
          return extents + " extents";
        });
    check("fresh.pagemap", this::comparePageMap);
    check("fresh.journaled", this::compareJournal);
    check("fresh.dma", () -> transfer(0));
  }

  private void checkRestored() {
    String test = "kexec-" + kexecs + ".";
    check(
        test + "handed-over",
        () -> {
          String names = System.getenv("LISTEN_FDNAMES");
          require(names != null, "the restore tool passed no descriptors on");
          return names;
        });
    check(
        test + "restored",
        () -> {
          require(session.isRestored(), "started fresh: %s", session.report().reason());
          require(
              session.state().generation() == kexecs,
              "generation %d",
              session.state().generation());
          buffers.all().forEach(b -> require(b.isRestored(), "buffer %s was made anew", b.name()));
          require(
              !buffers.edu.isBusMaster() && !buffers.network.isBusMaster(),
              "bus mastering is on already");
          return session.report().reason();
        });
    check(test + "extents", this::compareExtents);
    check(test + "pagemap", this::comparePageMap);
    check(
        test + "bytes",
        () -> {
          for (DmaBuffer buffer : buffers.all()) {
            String checksum = Content.checksum(buffer);
            String noted = notes.get("checksum." + buffer.name());
            require(
                checksum.equals(noted),
                "\"%s\" has CRC-32C %s, not %s",
                buffer.name(),
                checksum,
                noted);
          }
          return bytes() + " bytes";
        });
    check(test + "journaled", this::compareJournal);
    check(test + "dma", () -> transfer(kexecs));
  }

  /**
   * Every extent of every mapping is in the table that was written before the kexec, and nothing
   * else is.
   */
  private String compareExtents() throws IOException {
    List<String> before = Files.readAllLines(Guest.STATE.resolve("table"));
    List<String> after = ManifestTable.of(session.state());
    for (int line = 0; line < Math.max(before.size(), after.size()); line++) {
      String was = line < before.size() ? before.get(line) : "nothing";
      String is = line < after.size() ? after.get(line) : "nothing";
      require(was.equals(is), "line %d of the table was \"%s\", is \"%s\"", line, was, is);
    }
    return extents() + " extents";
  }

  private String comparePageMap() throws IOException {
    long pages = 0;
    for (DmaBuffer buffer : buffers.all()) {
      pages += PageMap.compare(buffer);
    }
    return pages + " pages";
  }

  /** The journal on the disk says what the session does. */
  private String compareJournal() {
    JournalContents journal =
        JournalReader.read(Guest.SESSIONS.resolve(SESSION).resolve("journal"));
    SessionState state = session.state();
    require(journal.damage().isEmpty(), "the journal is damaged: %s", journal.damage());
    require(journal.state().ioases().equals(state.ioases()), "the journal has other mappings");
    require(journal.state().devices().equals(state.devices()), "the journal has other devices");
    require(journal.state().files().equals(state.files()), "the journal has other files");
    return journal.batches() + " batches";
  }

  /**
   * Lets the device copy between its buffer and memory, by the physical addresses Holdfast gave.
   * Its buffer outlives the kexec: what it took from memory before comes out of it after, into the
   * page where it was read.
   */
  private String transfer(int round) {
    EduDriver driver = new EduDriver(buffers.edu);
    buffers.edu.enableBusMastering();
    try {
      if (round > 0) {
        driver.write(buffers.ring.physicalAddress(TRANSFER), TRANSFER);
        Content.expect(
            buffers.ring, TRANSFER, pattern(round - 1), "what the device kept over the kexec");
      }
      byte[] pattern = pattern(round);
      buffers.ring.segment().asSlice(0, TRANSFER).copyFrom(MemorySegment.ofArray(pattern));
      driver.read(buffers.ring.physicalAddress(0), TRANSFER);
      long last = buffers.packets.lengthBytes() - TRANSFER;
      driver.write(buffers.packets.physicalAddress(last), TRANSFER);
      Content.expect(buffers.packets, last, pattern, "what the device wrote");
      long end = buffers.trace.lengthBytes() - TRANSFER;
      driver.write(buffers.trace.physicalAddress(end), TRANSFER);
      Content.expect(
          buffers.traceAgain, end, pattern, "what the device wrote, by the file's other name");
    } finally {
      buffers.edu.disableBusMastering();
    }
    return "physical address 0x%x".formatted(buffers.ring.physicalAddress(0));
  }

  private static byte[] pattern(int round) {
    return Content.random(0xed00 + round, TRANSFER);
  }

  /** Writes new content everywhere, notes it, and hands the session to the kernel. */
  private void prepareForKexec() throws IOException {
    for (DmaBuffer buffer : buffers.all()) {
      Content.fill(buffer, buffer.name().hashCode() + kexecs);
    }
    SessionState sealed = session.preserve(preserveOptions()).sealed();
    for (DmaBuffer buffer : buffers.all()) {
      notes.put("checksum." + buffer.name(), Content.checksum(buffer));
    }
    notes.put("kexecs", kexecs + 1);
    notes.write();
    Files.write(Guest.STATE.resolve("table"), ManifestTable.of(sealed));
    if (kexecs == KEXECS) {
      Files.createFile(Guest.STATE.resolve("witness"));
    }
  }

  /** With and without sealed checksums by turns: the comparison here does not need them. */
  private PreserveOptions preserveOptions() {
    PreserveOptions options = PreserveOptions.defaults();
    return kexecs == 1 ? options.withChecksums() : options;
  }

  private long bytes() {
    return buffers.all().stream().mapToLong(DmaBuffer::lengthBytes).sum();
  }

  private int extents() {
    return buffers.all().stream().mapToInt(buffer -> buffer.extents().size()).sum();
  }
}
