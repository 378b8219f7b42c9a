package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.IoasRemoved;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.model.Extensions;
import io.holdfast.serializer.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Journals of at most 16 MB, and a sparse one of 6 GiB, that were made to be expensive: each is
 * read or refused within a heap of 256 MB. The time limit is for hangs only.
 */
class JournalBudgetTest {
  private static final int LARGE_BYTES = 15_000_000;
  private static final int IOAS_ADDED = 4;
  private static final int EXTENSIONS = 255;
  private static final int LIST = 7;
  private static final int HANG_SECONDS = 120;

  @TempDir private Path temporary;
  private Path file;

  /** Reads a journal, in a JVM with little memory, and says how that ended. */
  static final class Child {
    private Child() {}

    /** The argument is the journal. */
    public static void main(String[] args) {
      try {
        System.out.println("read, damage " + JournalReader.read(Path.of(args[0])).damage());
      } catch (JournalException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  @BeforeEach
  void name() {
    file = temporary.resolve("nic0").resolve("journal");
  }

  private String outcome() throws IOException, InterruptedException {
    Path output = temporary.resolve("output");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(child.waitFor(HANG_SECONDS, TimeUnit.SECONDS)).as("it hangs").isTrue();
    } finally {
      child.destroyForcibly();
    }
    String told = Files.readString(output, StandardCharsets.UTF_8).strip();
    assertThat(child.exitValue()).as(told).isZero();
    return told;
  }

  private void write(Sink change, int records) throws IOException {
    ForgedJournal.write(file, header(), List.of(change), List.of(records));
  }

  @Test
  void restoresWithoutEnd() throws IOException, InterruptedException {
    Sink change = new Sink();
    int records = 0;
    for (; change.size() < 4_800_000; records++) {
      RecordCodec.write(change, new Restored(1, new UUID(records, 1)));
    }
    write(change, records);
    assertThat(outcome()).isEqualTo("read, damage []");
  }

  @Test
  void namesThatCollide() throws IOException, InterruptedException {
    Sink change = new Sink();
    Map<String, Object> fields = new LinkedHashMap<>();
    List<String> names = collidingNames();
    for (String name : names) {
      RecordCodec.write(change, new IoasAdded(name));
      fields.put(name, 1L);
    }
    RecordCodec.write(change, new IoasAdded("rings", new Extensions(fields)));
    write(change, names.size() + 1);
    assertThat(outcome()).isEqualTo("read, damage []");
  }

  /** 32,768 names with one hash code. */
  private static List<String> collidingNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 1 << 15; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 15; bit++) {
        name.append((i >>> bit & 1) == 0 ? "Aa" : "BB");
      }
      names.add(name.toString());
    }
    return names;
  }

  @Test
  void moreRecordsThanFit() throws IOException, InterruptedException {
    Sink change = new Sink();
    int records = 0;
    for (; change.size() < LARGE_BYTES; records++) {
      RecordCodec.write(change, new IoasAdded("ioas-" + records));
    }
    write(change, records);
    assertThat(outcome()).startsWith("read, damage [").contains("more than", "records");
  }

  @Test
  void recordsThatUndoEachOther() throws IOException, InterruptedException {
    Sink change = new Sink();
    int records = 0;
    for (; change.size() < LARGE_BYTES; records += 2) {
      RecordCodec.write(change, new IoasAdded("rings"));
      RecordCodec.write(change, new IoasRemoved("rings"));
    }
    write(change, records);
    assertThat(outcome()).isEqualTo("read, damage []");
  }

  @Test
  void unknownFieldsOfOneByteEach() throws IOException, InterruptedException {
    Sink change = new Sink();
    change.u8(IOAS_ADDED);
    int lengthAt = change.reserve32();
    int start = change.size();
    change.u8(1);
    change.text("rings");
    change.u8(2);
    change.varint(0);
    change.u8(EXTENSIONS);
    change.varint(1);
    change.text("list");
    change.u8(LIST);
    change.varint(LARGE_BYTES);
    for (int i = 0; i <= LARGE_BYTES; i++) {
      change.u8(0);
    }
    change.patch(lengthAt, change.size() - start);
    write(change, 1);
    assertThat(outcome()).startsWith("read, damage [").contains("more than", "unknown fields");
  }

  @Test
  void nothingButBeginningsOfFrames() throws IOException, InterruptedException {
    write(new Sink(), 0);
    byte[] bytes = new byte[LARGE_BYTES / 8 * 8];
    for (int at = 0; at < bytes.length; at += 8) {
      Frame.LONGS.set(bytes, at, Frame.MAGIC);
    }
    Files.write(file, bytes);
    assertThat(outcome()).startsWith("refused: ").contains("its first batch");
  }

  @Test
  void sparseAndHuge() throws IOException, InterruptedException {
    write(new Sink(), 0);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), (3L << 31) - 1);
    }
    assertThat(outcome()).startsWith("read, damage [").contains("something was added to it");
  }
}
