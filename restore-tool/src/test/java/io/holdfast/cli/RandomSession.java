package io.holdfast.cli;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
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
import java.util.Random;
import java.util.UUID;

/** Makes sealed sessions that keep every rule, with names of every script. Not thread-safe. */
final class RandomSession {
  private static final String[] SCRIPTS = {
    "tx", "приём", "受信", "🦑", "</script>", "\"&'<b>", "a b"
  };

  private final Random random;
  private int names;

  RandomSession(Random random) {
    this.random = random;
  }

  SessionState next() {
    List<BackingFile> files = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      files.add(
          new BackingFile(
              files.size() + 1,
              name(),
              4096L << random.nextInt(20),
              random.nextBoolean() ? BackingFile.Origin.POOL : BackingFile.Origin.CALLER,
              random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextInt(9999)),
              extensions()));
    }
    List<IoasState> ioases = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      ioases.add(new IoasState(name(), mappings(files), extensions()));
    }
    List<DeviceState> devices = new ArrayList<>();
    for (int i = ioases.isEmpty() ? 0 : random.nextInt(3); i > 0; i--) {
      devices.add(device(i, ioases.get(random.nextInt(ioases.size()))));
    }
    return new SessionState(
        "nic-" + random.nextInt(1000),
        new UUID(random.nextLong(), random.nextLong()),
        random.nextLong() >>> (1 + random.nextInt(62)),
        new HostIdentity(name(), "7.3." + random.nextInt(99), "amd64", 4096, extensions()),
        List.of(new UUID(random.nextLong(), random.nextLong())),
        Optional.of(Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000))),
        random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(Long.MAX_VALUE),
        random.nextBoolean() ? Optional.empty() : Optional.of("nic.service-1"),
        files,
        ioases,
        devices,
        extensions());
  }

  private List<MappingState> mappings(List<BackingFile> files) {
    List<MappingState> mappings = new ArrayList<>();
    long iova = random.nextLong() & -4096L & Long.MAX_VALUE >> 1;
    boolean behindIommu = random.nextInt(3) == 0;
    for (int i = random.nextInt(6); i > 0; i--) {
      BackingFile file = files.isEmpty() ? null : files.get(random.nextInt(files.size()));
      long length = file == null ? 8192 : file.sizeBytes();
      int access = random.nextInt(3);
      mappings.add(
          new MappingState(
              name(),
              new IovaRange(iova, length),
              access != 0,
              access != 1,
              file == null
                  ? new MappingState.Anonymous(random.nextBoolean())
                  : new MappingState.File(file.token(), 0),
              random.nextBoolean() ? Policy.REQUIRED : Policy.OPTIONAL,
              behindIommu || random.nextInt(4) == 0 ? ExtentList.EMPTY : extents(length),
              random.nextInt(4) == 0 ? OptionalInt.of(random.nextInt(1024)) : OptionalInt.empty(),
              extensions()));
      iova += length;
    }
    return mappings;
  }

  private ExtentList extents(long lengthBytes) {
    ExtentList.Builder list = ExtentList.builder();
    for (long rest = lengthBytes; rest > 0; ) {
      long length = Math.min(rest, 4096L << random.nextInt(12));
      list.add((random.nextLong() >>> (2 + random.nextInt(30))) & -4096L, length);
      rest -= length;
    }
    return list.build();
  }

  private DeviceState device(int slot, IoasState ioas) {
    return new DeviceState(
        new PciAddress(random.nextInt(0x10000), slot, random.nextInt(32), random.nextInt(8)),
        new PciIdentity(0x1234, 0x11e8, random.nextInt(0x10000), 0, 0xff00, 1, Optional.of(name())),
        ioas.name(),
        Policy.OPTIONAL,
        OptionalLong.empty(),
        isBehindIommu(ioas),
        isBehindIommu(ioas) && random.nextBoolean(),
        extensions());
  }

  /** The same for all devices of an IOAS; behind one, nothing has physical addresses. */
  private static boolean isBehindIommu(IoasState ioas) {
    return ioas.mappings().stream().allMatch(mapping -> mapping.extents().size() == 0);
  }

  private Extensions extensions() {
    if (random.nextInt(3) > 0) {
      return Extensions.NONE;
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("x" + name(), new byte[] {1, (byte) random.nextInt()});
    fields.put("$y", List.of(random.nextLong(), number()));
    fields.put("z", Map.of("$bytes", BigInteger.TWO.pow(70 + random.nextInt(100)).negate()));
    return new Extensions(fields);
  }

  /** Any double; many are NaN, whose bits count. */
  private double number() {
    long bits = random.nextLong();
    return Double.longBitsToDouble(random.nextBoolean() ? bits : bits | 0x7ff8L << 48);
  }

  private String name() {
    return SCRIPTS[random.nextInt(SCRIPTS.length)] + "-" + names++;
  }
}
