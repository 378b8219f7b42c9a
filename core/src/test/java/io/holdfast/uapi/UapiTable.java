package io.holdfast.uapi;

import io.holdfast.sys.Errno;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything {@code io.holdfast.uapi} says about the kernel's headers, collected by reflection: as
 * lines of text, and as a C program that prints the same lines from the headers themselves.
 *
 * <p>{@code main} prints the lines: what {@code golden.txt} beside {@link UapiGoldenTest} holds.
 */
final class UapiTable {
  private UapiTable() {}

  /** Each class that mirrors a header, and what a C program has to include for it. */
  static final Map<Class<?>, String> HEADERS = new LinkedHashMap<>();

  static {
    HEADERS.put(IommufdUapi.class, "linux/iommufd.h");
    HEADERS.put(VfioUapi.class, "linux/vfio.h");
    HEADERS.put(LiveupdateUapi.class, "linux/liveupdate.h");
    HEADERS.put(FcntlUapi.class, "linux/fcntl.h");
    HEADERS.put(MemfdUapi.class, "linux/memfd.h");
    HEADERS.put(MmanUapi.class, "linux/mman.h");
    HEADERS.put(MempolicyUapi.class, "linux/mempolicy.h");
    HEADERS.put(StatUapi.class, "sys/stat.h");
    HEADERS.put(EventfdUapi.class, "sys/eventfd.h");
    HEADERS.put(SocketUapi.class, "sys/socket.h");
    HEADERS.put(UnUapi.class, "sys/un.h");
    HEADERS.put(PollUapi.class, "poll.h");
    HEADERS.put(ResourceUapi.class, "sys/resource.h");
    HEADERS.put(KexecUapi.class, "linux/kexec.h");
    HEADERS.put(RebootUapi.class, "linux/reboot.h");
    HEADERS.put(Errno.class, "errno.h");
  }

  public static void main(String[] arguments) {
    lines().forEach(System.out::println);
  }

  /** One line for each header, constant, struct and field. */
  static List<String> lines() {
    List<String> lines = new ArrayList<>();
    HEADERS.forEach((header, path) -> {
      lines.add("# " + path);
      constants(header).forEach((name, value) -> lines.add(constantLine(header, name, value)));
      for (Class<?> struct : structs(header)) {
        Struct layout = layout(struct);
        lines.add(
            "struct %s size %d align %d"
                .formatted(layout.name(), layout.size(), layout.alignment()));
        fields(struct).forEach((name, field) -> lines.add(fieldLine(layout, name, field)));
      }
    });
    return lines;
  }

  private static String constantLine(Class<?> header, String name, long value) {
    String line = name + " " + (value < 0 ? Long.toString(value) : "0x" + Long.toHexString(value));
    return header == Errno.class ? line + " " + Errno.describe((int) value) : line;
  }

  private static String fieldLine(Struct layout, String name, Struct.Field field) {
    return "%s.%s offset %d size %d %s"
        .formatted(layout.name(), name, field.offset(), field.size(), kind(field));
  }

  private static String kind(Struct.Field field) {
    return switch (field) {
      case Struct.S16 _ -> "signed";
      case Struct.S64 _ -> "signed";
      case Struct.S32 _ -> "signed";
      case Struct.Bytes bytes when isStruct(bytes) -> "struct";
      case Struct.Bytes bytes -> "array of " + bytes.elementSize();
      default -> "unsigned";
    };
  }

  private static boolean isStruct(Struct.Bytes bytes) {
    return bytes.size() > 1 && bytes.size() == bytes.elementSize();
  }

  /**
   * A C program that prints {@link #lines} as its headers have them; what they lack it leaves out.
   */
  static String program() {
    StringBuilder c =
        new StringBuilder(
            "#define _GNU_SOURCE\n#include <stdio.h>\n#include <stddef.h>\n#include <string.h>\n");
    HEADERS.values().forEach(path -> c.append("#include <" + path + ">\n"));
    c.append(
        """
        static void constant(const char *name, long long value) {
          printf(value < 0 ? "%s %lld" : "%s 0x%llx", name, value);
        }
        #define CONSTANT(name) constant(#name, (long long)(name)), puts("")
        #define ERRNO(name) constant(#name, name), printf(" %s\\n", strerror(name))
        #define STRUCT(s) printf("struct %s size %zu align %zu\\n", #s, sizeof(struct s), _Alignof(struct s))
        #define FIELD(s, f, size) printf("%s.%s offset %zu size %zu ", #s, #f, offsetof(struct s, f), (size_t)(size))
        #define OF(s, f) (((struct s *)0)->f)
        #define SCALAR(s, f) FIELD(s, f, sizeof OF(s, f)), \\
          puts((__typeof__(OF(s, f)))-1 < 0 ? "signed" : "unsigned")
        #define INNER(s, f) FIELD(s, f, sizeof OF(s, f)), puts("struct")
        #define ARRAY(s, f) FIELD(s, f, sizeof OF(s, f)), printf("array of %zu\\n", sizeof OF(s, f)[0])
        #define TAIL(s, f) FIELD(s, f, 0), printf("array of %zu\\n", sizeof OF(s, f)[0])
        int main(void) {
        """);
    HEADERS.forEach((header, path) -> {
      c.append("  puts(\"# " + path + "\");\n");
      constants(header).keySet().forEach(name -> c.append(constantStatement(header, name)));
      for (Class<?> struct : structs(header)) {
        String name = layout(struct).name();
        c.append("  STRUCT(" + name + ");\n");
        fields(struct).forEach((field, type) -> c.append(fieldStatement(name, field, type)));
      }
    });
    return c.append("  return 0;\n}\n").toString();
  }

  private static String constantStatement(Class<?> header, String name) {
    if (header == Errno.class) {
      return "  ERRNO(" + name + ");\n";
    }
    String statement = "  CONSTANT(" + name + ");\n";
    return NEWER_THAN_SOME_HEADERS.contains(name)
        ? "#ifdef " + name + "\n" + statement + "#endif\n"
        : statement;
  }

  /**
   * Constants in headers of which a distribution's old copy will do, but which came after it
   * (F_SEAL_EXEC: Linux 6.3).
   */
  static final List<String> NEWER_THAN_SOME_HEADERS = List.of("F_SEAL_EXEC");

  private static String fieldStatement(String struct, String name, Struct.Field field) {
    String macro =
        switch (field) {
          case Struct.Bytes bytes when bytes.size() == 0 -> "TAIL";
          case Struct.Bytes bytes when isStruct(bytes) -> "INNER";
          case Struct.Bytes _ -> "ARRAY";
          default -> "SCALAR";
        };
    return "  " + macro + "(" + struct + ", " + name + ");\n";
  }

  /** The public numbers of a class, by name. */
  static Map<String, Long> constants(Class<?> header) {
    Map<String, Long> constants = new LinkedHashMap<>();
    Arrays.stream(header.getDeclaredFields())
        .filter(field -> Modifier.isPublic(field.getModifiers()))
        .sorted(Comparator.comparing(Field::getName))
        .forEach(field -> constants.put(field.getName(), ((Number) value(field)).longValue()));
    return constants;
  }

  /** The nested classes of a header's class, each of which is a struct. */
  static List<Class<?>> structs(Class<?> header) {
    return Arrays.stream(header.getDeclaredClasses())
        .filter(nested -> Modifier.isPublic(nested.getModifiers()))
        .sorted(Comparator.comparing(Class::getName))
        .toList();
  }

  static Struct layout(Class<?> struct) {
    try {
      return (Struct) struct.getField("LAYOUT").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(struct + " has no LAYOUT", e);
    }
  }

  /**
   * The fields of a struct by the name their Java constant has: the members of a union have one
   * each.
   */
  static Map<String, Struct.Field> fields(Class<?> struct) {
    Map<String, Struct.Field> fields = new LinkedHashMap<>();
    Arrays.stream(struct.getFields())
        .filter(field -> Struct.Field.class.isAssignableFrom(field.getType()))
        .map(field -> Map.entry(field.getName(), (Struct.Field) value(field)))
        .sorted(
            Comparator.comparingLong(
                    (Map.Entry<String, Struct.Field> field) -> field.getValue().offset())
                .thenComparingLong(field -> field.getValue().size())
                .thenComparing(Map.Entry::getKey))
        .forEach(field -> fields.put(field.getKey(), field.getValue()));
    return fields;
  }

  private static Object value(Field field) {
    try {
      return field.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
