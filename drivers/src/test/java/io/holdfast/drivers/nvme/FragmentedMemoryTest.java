package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.session.PreserveOptions;
import io.holdfast.sim.SimulatedMachine;
import org.junit.jupiter.api.Test;

/** Where no two pages of memory follow each other, queues are as long as a page. */
class FragmentedMemoryTest extends DiskFixture {
  @Override
  SimulatedMachine machine() {
    return super.machine().withHugePages(false).withSinglePagePercent(100);
  }

  @Test
  void shorterQueuesDoAsWellAndStayThatLong() throws InterruptedException {
    start();
    assertThat(disk.queue(0).capacity()).isEqualTo(63);
    Workload workload = new Workload(disk, session.ioas("disk"), 1, true);
    workload.run(300);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    kexec();
    start();
    assertThat(disk.queue(0).capacity()).isEqualTo(63);
    workload = new Workload(disk, session.ioas("disk"), 2, true);
    workload.run(300);
    workload.check();
    workload.compareWith(1, model().medium(1));
  }
}
