package io.holdfast.serializer;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.IovaWindow;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Makes sessions that keep every rule but are otherwise anything. Not thread-safe. */
final class RandomSessions {
  private final RandomGenerator random;
  private long nextToken = 1;
  private int nextName;

  RandomSessions(RandomGenerator random) {
    this.random = random;
  }

  SessionState session() {
    nextToken = 1;
    List<BackingFile> files = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      files.add(file());
    }
    List<IoasState> ioases = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      ioases.add(ioas(files));
    }
    List<DeviceState> devices = new ArrayList<>();
    for (int i = ioases.isEmpty() ? 0 : random.nextInt(4); i > 0; i--) {
      devices.add(device(i, ioases.get(random.nextInt(ioases.size()))));
    }
    List<UUID> boots = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      boots.add(new UUID(random.nextLong(), random.nextLong()));
    }
    return new SessionState(
        "nic-" + random.nextInt(1000),
        new UUID(random.nextLong(), random.nextLong()),
        random.nextLong() >>> (1 + random.nextInt(62)),
        new HostIdentity(name(), name(), "x86_64", 4096 << random.nextInt(5), extensions()),
        boots,
        Optional.of(
            Instant.ofEpochSecond(
                random.nextLong(-1L << 33, 1L << 34), random.nextInt(1_000_000_000))),
        token(),
        random.nextBoolean()
            ? Optional.empty()
            : Optional.of("driver@nic-" + random.nextInt(100) + ".service-9"),
        files,
        ioases,
        devices,
        extensions());
  }

  private List<IovaWindow> windows() {
    List<IovaWindow> windows = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      long first = random.nextLong() & -2L;
      windows.add(new IovaWindow(first, first | random.nextLong() | 1, extensions()));
    }
    return windows;
  }

  ExtentList extents(long lengthBytes) {
    ExtentList.Builder list = ExtentList.builder();
    boolean pages = lengthBytes % 4096 == 0 && random.nextInt(4) > 0;
    for (long rest = lengthBytes; rest > 0; ) {
      long length =
          1 + (random.nextLong() >>> 1) % Math.min(rest, random.nextBoolean() ? rest : 1 << 16);
      if (pages) {
        length = Math.min(rest, (length + 4095) & -4096L);
      }
      long start = random.nextLong() >>> (1 + random.nextInt(40));
      start = Math.min(pages ? start & -4096L : start, (Long.MAX_VALUE - 4095 - rest) & -4096L);
      list.add(start, length);
      rest -= length;
    }
    return list.build();
  }

  Extensions extensions() {
    if (random.nextInt(3) > 0) {
      return Extensions.NONE;
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      fields.put((random.nextBoolean() ? "$" : "") + "x" + name(), value(4));
    }
    return new Extensions(fields);
  }

  private Object value(int depth) {
    return switch (random.nextInt(depth == 0 ? 8 : 10)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextLong() >> random.nextInt(64);
      case 3 ->
          new BigInteger(64 + random.nextInt(190), new java.util.Random(random.nextLong()))
              .multiply(BigInteger.valueOf(random.nextBoolean() ? 1 : -1));
      case 4 -> Double.longBitsToDouble(random.nextLong());
      case 5 -> random.nextBoolean() ? Double.NEGATIVE_INFINITY : -0.0;
      case 6 -> name();
      case 7 -> bytes();
      case 8 -> {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(value(depth - 1));
        }
        yield list;
      }
      default -> {
        Map<String, Object> map = new LinkedHashMap<>();
        String[] names = {"$bytes", "$double", "$$", "$", "", "n", name()};
        for (int i = random.nextInt(3); i > 0; i--) {
          map.put(names[random.nextInt(names.length)], value(depth - 1));
        }
        yield map;
      }
    };
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(20)];
    random.nextBytes(bytes);
    return bytes;
  }

  private BackingFile file() {
    return new BackingFile(
        nextToken++,
        name(),
        1 + (random.nextLong() >>> (1 + random.nextInt(60))) % (1L << 50),
        random.nextBoolean() ? BackingFile.Origin.POOL : BackingFile.Origin.CALLER,
        random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextLong() >>> 32),
        extensions());
  }

  private IoasState ioas(List<BackingFile> files) {
    List<MappingState> mappings = new ArrayList<>();
    long iova = random.nextLong();
    boolean behindIommu = random.nextInt(3) == 0;
    for (int i = random.nextInt(6); i > 0; i--) {
      BackingFile file = files.isEmpty() ? null : files.get(random.nextInt(files.size()));
      long offset = file == null || random.nextBoolean() ? 0 : random.nextLong(file.sizeBytes());
      long most = Math.min(1L << 20, file == null ? Long.MAX_VALUE : file.sizeBytes() - offset);
      long length =
          random.nextBoolean() && most >= 4096 ? most & -4096L : random.nextLong(1, most + 1);
      if (Long.compareUnsigned(iova + (length - 1), iova) < 0) {
        iova = 0;
        break;
      }
      int access = random.nextInt(3);
      mappings.add(
          new MappingState(
              name(),
              new IovaRange(iova, length),
              access != 0,
              access != 1,
              file == null
                  ? new MappingState.Anonymous(random.nextBoolean())
                  : new MappingState.File(file.token(), offset),
              random.nextBoolean() ? Policy.REQUIRED : Policy.OPTIONAL,
              behindIommu || random.nextInt(4) == 0 ? ExtentList.EMPTY : extents(length),
              random.nextInt(4) == 0 ? OptionalInt.of(random.nextInt(1024)) : OptionalInt.empty(),
              extensions()));
      if (iova + length == 0) {
        break;
      }
      iova += length;
    }
    return new IoasState(name(), windows(), mappings, extensions());
  }

  private DeviceState device(int number, IoasState ioas) {
    return new DeviceState(
        new PciAddress(random.nextInt(0x10000), number, random.nextInt(32), random.nextInt(8)),
        new PciIdentity(
            random.nextInt(0x10000),
            random.nextInt(0x10000),
            random.nextInt(0x10000),
            random.nextInt(0x10000),
            random.nextInt(0x1000000),
            random.nextInt(0x100),
            random.nextBoolean() ? Optional.empty() : Optional.of(name())),
        ioas.name(),
        random.nextBoolean() ? Policy.REQUIRED : Policy.OPTIONAL,
        token(),
        isBehindIommu(ioas),
        isBehindIommu(ioas) && random.nextBoolean(),
        extensions());
  }

  /** The same for all devices of an IOAS; behind one, nothing has physical addresses. */
  private static boolean isBehindIommu(IoasState ioas) {
    return ioas.mappings().stream().allMatch(mapping -> mapping.extents().size() == 0);
  }

  private OptionalLong token() {
    return random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(nextToken++);
  }

  /** A name nothing else has. */
  private String name() {
    String[] letters = {"a", "tx-ring", "ß", "\u6f22", "\ud83d\ude00", " ", "/", "\\", "\"", "+"};
    return letters[random.nextInt(letters.length)] + nextName++;
  }
}
