package io.holdfast.sim.differential;

import io.holdfast.sim.KernelUnderTest;
import io.holdfast.sys.Syscalls;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs programs on a kernel. */
final class Interpreter {
  /** The step that replaces the kernel: what was open is gone, but for what sessions preserve. */
  static final String KEXEC = "kexec";

  private final KernelUnderTest underTest;

  Interpreter(KernelUnderTest underTest) {
    this.underTest = underTest;
    bind();
  }

  /** Binds vfio-pci to the kernel's device. */
  private void bind() {
    Syscalls kernel = underTest.process();
    String device = "/sys/bus/pci/devices/" + underTest.device();
    kernel.writeFile(device + "/driver_override", ascii("vfio-pci"));
    kernel.writeFile("/sys/bus/pci/drivers_probe", ascii(underTest.device()));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Runs a whole program and closes what it has left open. */
  List<Answer> run(Program program) {
    if (DeviceState.mattersTo(program)) {
      runAndClose(DeviceState.RESET);
    }
    return runAndClose(program);
  }

  private List<Answer> runAndClose(Program program) {
    Map<Long, Integer> frames = new HashMap<>();
    List<Answer> answers = new ArrayList<>();
    List<Program> lives = program.lives();
    for (int life = 0; life < lives.size(); life++) {
      if (life > 0) {
        underTest.kexec();
        bind();
        answers.add(Answer.of("0"));
      }
      Slots slots = new Slots(underTest.process());
      try {
        answers.addAll(run(lives.get(life), slots, frames));
      } finally {
        if (life + 1 == lives.size()) {
          slots.closeAll();
        }
      }
    }
    return answers;
  }

  /** Runs what of a program lies between two kexecs; files and sessions stay open. */
  List<Answer> run(Program life, Slots slots, Map<Long, Integer> frames) {
    Syscalls kernel = underTest.process();
    StructCalls structs = new StructCalls(kernel, slots);
    FileCalls files = new FileCalls(kernel, slots, underTest.device());
    AddressCalls addresses = new AddressCalls(kernel, slots, frames);
    ContainerCalls containers = new ContainerCalls(kernel, slots, underTest.device());
    Leftovers before = new Leftovers(kernel);
    List<Answer> answers = new ArrayList<>();
    for (Step step : life.steps()) {
      if (step.call().equals(Remains.END)) {
        slots.closeAll();
        answers.add(before.now());
      } else {
        restricted(step, () -> answers.add(run(step, structs, files, addresses, containers)));
      }
    }
    slots.closeDevices();
    return answers;
  }

  Slots slots() {
    return new Slots(underTest.process());
  }

  /**
   * {@code without=17} runs a step without a capability, {@code memlock=0x1000} with little to
   * lock.
   */
  private void restricted(Step step, Runnable body) {
    Operand capability = step.arguments().get("without");
    Operand limit = step.arguments().get("memlock");
    if (capability != null) {
      underTest.without((int) capability.number(), body);
    } else if (limit != null) {
      underTest.withMemoryLockLimit(limit.number(), body);
    } else {
      body.run();
    }
  }

  private static Answer run(
      Step step,
      StructCalls structs,
      FileCalls files,
      AddressCalls addresses,
      ContainerCalls containers) {
    if (step.call().equals(AddressCalls.GET_PA)) {
      return addresses.getPa(step);
    }
    if (step.call().equals(AddressCalls.PAGES)) {
      return addresses.pages(step);
    }
    if (ContainerCalls.knows(step.call())) {
      return containers.run(step);
    }
    return StructCalls.knows(step.call()) ? structs.run(step) : files.run(step);
  }
}
