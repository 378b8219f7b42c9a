package io.holdfast.sim.differential;

import io.holdfast.sim.SimulatedKernelUnderTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The simulation lives through kexecs as the real kernel does: see {@link Lifetimes}. */
class LifetimesConformanceTest {
  @TestFactory
  Stream<DynamicTest> lifetimes() {
    return Lifetimes.entries().entrySet().stream()
        .map(each ->
            DynamicTest.dynamicTest(
                each.getKey(),
                () -> ConformanceTest.answers(each.getValue(), new SimulatedKernelUnderTest())));
  }
}
