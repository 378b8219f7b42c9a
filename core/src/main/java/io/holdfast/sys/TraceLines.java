package io.holdfast.sys;

import io.holdfast.sys.RequestDecoder.Argument;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;

/** What the lines of a trace are made of and where they go. */
abstract class TraceLines extends ForwardingSyscalls {
  private final RequestDecoder decoder;
  private final Appendable out;
  private IOException failure;

  TraceLines(Syscalls delegate, RequestDecoder decoder, Appendable out) {
    super(delegate);
    this.decoder = Objects.requireNonNull(decoder, "decoder");
    this.out = Objects.requireNonNull(out, "out");
  }

  /** Why the trace has ended before the calls did, if it has. */
  public final Optional<IOException> failure() {
    synchronized (out) {
      return Optional.ofNullable(failure);
    }
  }

  final RequestDecoder decoder() {
    return decoder;
  }

  String name(Argument argument, int value) {
    return decoder.name(argument, Integer.toUnsignedLong(value));
  }

  static String call(String name, Object... arguments) {
    StringJoiner text = new StringJoiner(", ", name + "(", ")");
    for (Object argument : arguments) {
      text.add(argument.toString());
    }
    return text.toString();
  }

  static String struct(Map<String, String> fields) {
    StringJoiner text = new StringJoiner(", ", "{", "}");
    fields.forEach((name, value) -> text.add(name + "=" + value));
    return text.toString();
  }

  static String address(long value) {
    return "0x" + Long.toHexString(value);
  }

  static String quoted(String text) {
    return TraceText.quoted(text);
  }

  static String bytes(MemorySegment buffer, long length) {
    return TraceText.quoted(buffer, length);
  }

  static String texts(List<String> texts) {
    List<String> all = new ArrayList<>();
    texts.forEach(text -> all.add(quoted(text)));
    return all.toString();
  }

  void line(String call, long answer) {
    line(call, answer, "");
  }

  void line(String call, long answer, String more) {
    if (answer >= 0) {
      write(call + " = " + answer + more);
    } else {
      int errno = (int) -answer;
      write(call + " = -1 " + Errno.name(errno) + " (" + Errno.describe(errno) + ")" + more);
    }
  }

  void write(String line) {
    synchronized (out) {
      if (failure != null) {
        return;
      }
      try {
        out.append(line + System.lineSeparator());
      } catch (IOException failed) {
        failure = failed;
      }
    }
  }
}
