package io.holdfast.sim.differential;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One system call of a program: what to call, with what, and the slot its result goes to.
 *
 * <p>As text: {@code o0 = IOMMU_IOAS_ALLOC on=f0 flags=0}. A request is spelled as in the kernel's
 * headers and its arguments as the struct's fields; fields not named are zero, and the struct's
 * size is right unless it is named. {@code on} is the descriptor. The other calls are those of the
 * manual pages, {@link FileCalls}.
 *
 * @param target where the result goes, or null
 * @param arguments by name, in the order they are written
 */
record Step(Operand target, String call, Map<String, Operand> arguments) {
  private static final Pattern LINE = Pattern.compile("(?:(\\w+) = )?(\\w+)((?: .*)?)");
  private static final Pattern ARGUMENT = Pattern.compile("(\\w+)=(\"[^\"]*\"|\\S+)");

  static Step of(String call, Object... namesAndOperands) {
    return to(null, call, namesAndOperands);
  }

  static Step to(Operand target, String call, Object... namesAndOperands) {
    Map<String, Operand> arguments = new LinkedHashMap<>();
    for (int i = 0; i < namesAndOperands.length; i += 2) {
      Object value = namesAndOperands[i + 1];
      arguments.put(
          (String) namesAndOperands[i],
          switch (value) {
            case Operand operand -> operand;
            case String text -> Operand.of(text);
            default -> Operand.of(((Number) value).longValue());
          });
    }
    return new Step(target, call, arguments);
  }

  static Step parse(String line) {
    Matcher matcher = LINE.matcher(line.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a step: " + line);
    }
    Map<String, Operand> arguments = new LinkedHashMap<>();
    Matcher argument = ARGUMENT.matcher(matcher.group(3));
    while (argument.find()) {
      arguments.put(argument.group(1), Operand.parse(argument.group(2)));
    }
    String target = matcher.group(1);
    return new Step(target == null ? null : Operand.parse(target), matcher.group(2), arguments);
  }

  Step with(String name, Operand operand) {
    Map<String, Operand> changed = new LinkedHashMap<>(arguments);
    changed.put(name, operand);
    return new Step(target, call, changed);
  }

  Step without(String name) {
    Map<String, Operand> changed = new LinkedHashMap<>(arguments);
    changed.remove(name);
    return new Step(target, call, changed);
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(target == null ? "" : target + " = ").append(call);
    arguments.forEach((name, operand) -> line.append(' ').append(name).append('=').append(operand));
    return line.toString();
  }
}
