package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.fragmented;
import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.disk.FaultInjectingDisk.Fault;
import io.holdfast.disk.FaultInjectingDisk.Operation;
import io.holdfast.disk.FaultInjectingDisk.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal that a restore begins: a plain file until there is a change. */
class PlainFileTest {
  @TempDir private Path temporary;
  private Path file;
  private final List<JournalRecord> records = new ArrayList<>(setUp());

  @BeforeEach
  void prepare() {
    file = temporary.resolve("nic0").resolve("journal");
    for (int i = 0; i < 30; i++) {
      records.add(mapping(i));
      records.add(mapping("large-" + i, 1000 + i, fragmented(10_000 + i)));
    }
  }

  private Journal begin(Disk disk) {
    return Journal.startOver(disk, file, header(), lock(), records, true);
  }

  private JournalLock lock() {
    PrivateFiles.prepareFolder(Disk.local(), file.getParent());
    return JournalLock.acquire(Disk.local(), file);
  }

  private JournalFold expected() {
    JournalFold fold = new JournalFold(header());
    records.forEach(fold::apply);
    return fold;
  }

  @Test
  void itIsReadAsAnyOtherAndMovesWithItsFirstChange() {
    try (Journal journal = begin(Disk.local())) {
      JournalContents plain = JournalReader.read(file);
      assertThat(plain.damage()).isEmpty();
      assertThat(plain.state()).isEqualTo(expected().state());
      assertThat(JournalReader.scan(Disk.local(), file).fileNumber()).isZero();
      journal.sync();
      journal.append(mapping(100));
      JournalFold later = expected();
      later.apply(mapping(100));
      assertThat(JournalReader.read(file).state()).isEqualTo(later.state());
      journal.prepare();
      assertThat(JournalReader.read(file).state()).isEqualTo(later.state());
      assertThat(JournalReader.scan(Disk.local(), file).fileNumber()).isEqualTo(1);
      journal.append(mapping(101));
      assertThat(JournalReader.scan(Disk.local(), file).fileNumber()).isEqualTo(1);
    }
  }

  @Test
  void eachRefusalOfTheDiskLeavesWhatWasThere() throws Exception {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
    }
    JournalContents before = JournalReader.read(file);
    List<Step> steps = new ArrayList<>();
    Path other = temporary.resolve("other").resolve("journal");
    PrivateFiles.prepareFolder(Disk.local(), other.getParent());
    Journal.startOver(
            new FaultInjectingDisk(Disk.local(), steps::add),
            other,
            header(),
            JournalLock.acquire(Disk.local(), other),
            records,
            true)
        .close();
    assertThat(steps.stream().filter(step -> step.operation() == Operation.WRITE).count())
        .isGreaterThan(10);
    for (Step step : steps) {
      FaultInjectingDisk disk =
          new FaultInjectingDisk(Disk.local(), Fault.refuse(step.number(), "Input/output error"));
      assertThatThrownBy(() -> begin(disk).close())
          .as("%s", step)
          .isInstanceOf(JournalIoException.class)
          .hasMessageContaining("Input/output error");
      assertThat(JournalReader.read(file)).isEqualTo(before);
      assertThat(Files.exists(file.resolveSibling("journal.new-0"))).isFalse();
    }
    begin(Disk.local()).close();
    assertThat(JournalReader.read(file).state()).isEqualTo(expected().state());
  }
}
