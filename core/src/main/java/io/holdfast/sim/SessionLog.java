package io.holdfast.sim;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The LUO sessions of a boot as a log, so that what is preserved is known after the owner was
 * killed at any moment.
 *
 * <p>A record is length (int), CRC-32C (int), and as many bytes: a type (byte), the session's name
 * (UTF), and for a file its token, inode, size, seals and position. A record that is cut off was of
 * a request not yet answered, and does not count.
 */
final class SessionLog implements AutoCloseable {
  private static final byte CREATED = 1;
  private static final byte PRESERVED = 2;
  private static final byte CLOSED = 3;
  private static final byte INCOMING = 4;
  private static final byte INCOMING_FILE = 5;
  private static final byte TAKEN = 6;
  private static final int LONGEST_RECORD_BYTES = 1024;

  /** What is needed to bring a memfd back; the position is that of its open file. */
  record SavedFile(long inode, long size, int seals, long position) {
    SavedFile at(long newPosition) {
      return new SavedFile(inode, size, seals, newPosition);
    }
  }

  /** The sessions a log tells of: files by token, by session name. */
  record Saved(
      Map<String, Map<Long, SavedFile>> incoming, Map<String, Map<Long, SavedFile>> outgoing) {}

  private final MachineDirectory directory;

  /** Not a channel, which an interrupt of a Java thread would close; a kernel knows of none. */
  private final OutputStream out;

  private boolean retired;

  private SessionLog(MachineDirectory directory, OutputStream out) {
    this.directory = directory;
    this.out = out;
  }

  /** Starts a boot's log with the sessions that came from the boot before. */
  static SessionLog start(MachineDirectory directory, Map<String, Map<Long, SavedFile>> incoming) {
    Path next = directory.path().resolve("sessions.new");
    try {
      Files.deleteIfExists(next);
      SessionLog log = new SessionLog(directory, new FileOutputStream(next.toFile()));
      for (var session : incoming.entrySet()) {
        log.append(INCOMING, session.getKey(), 0, null);
        for (var file : session.getValue().entrySet()) {
          log.append(INCOMING_FILE, session.getKey(), file.getKey(), file.getValue());
        }
      }
      Files.move(
          next,
          directory.path().resolve("sessions"),
          java.nio.file.StandardCopyOption.ATOMIC_MOVE,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      return log;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the log of the directory tells. */
  static Saved read(MachineDirectory directory) {
    Saved saved = new Saved(new LinkedHashMap<>(), new LinkedHashMap<>());
    Path path = directory.path().resolve("sessions");
    try {
      ByteBuffer bytes =
          ByteBuffer.wrap(Files.exists(path) ? Files.readAllBytes(path) : new byte[0]);
      while (bytes.remaining() >= 2 * Integer.BYTES) {
        int length = bytes.getInt();
        int sum = bytes.getInt();
        if (length < 0 || length > LONGEST_RECORD_BYTES || length > bytes.remaining()) {
          break;
        }
        byte[] payload = new byte[length];
        bytes.get(payload);
        if (checksum(payload) != sum) {
          break;
        }
        apply(saved, new DataInputStream(new ByteArrayInputStream(payload)));
      }
      return saved;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void apply(Saved saved, DataInputStream in) throws IOException {
    byte type = in.readByte();
    String name = in.readUTF();
    switch (type) {
      case CREATED -> saved.outgoing().put(name, new LinkedHashMap<>());
      case CLOSED -> saved.outgoing().remove(name);
      case INCOMING -> saved.incoming().put(name, new LinkedHashMap<>());
      case TAKEN -> saved.incoming().remove(name);
      case PRESERVED, INCOMING_FILE -> {
        var sessions = type == PRESERVED ? saved.outgoing() : saved.incoming();
        var files = sessions.computeIfAbsent(name, any -> new LinkedHashMap<>());
        files.put(
            in.readLong(),
            new SavedFile(in.readLong(), in.readLong(), in.readInt(), in.readLong()));
      }
      default -> throw new IOException("a session record of type " + type);
    }
  }

  void created(String name) {
    append(CREATED, name, 0, null);
  }

  /** Answers what was recorded: size and seals are those that the file has now. */
  SavedFile preserved(String name, long token, MemfdFile file) {
    MemoryFile memory = file.memory();
    int[] frames = memory.frames();
    directory.write(
        directory.path().resolve("memory").resolve(memory.inode() + ".frames"),
        out -> {
          out.writeInt(frames.length);
          byte[] bytes = new byte[frames.length * Integer.BYTES];
          ByteBuffer.wrap(bytes).asIntBuffer().put(frames);
          out.write(bytes);
        });
    SavedFile saved = new SavedFile(memory.inode(), memory.size(), memory.seals(), file.position());
    append(PRESERVED, name, token, saved);
    return saved;
  }

  /** A preserved file's position, which alone is taken anew when a kexec begins. */
  void moved(String name, long token, SavedFile file) {
    append(PRESERVED, name, token, file);
  }

  /** Where the pages of a preserved file are. */
  static int[] readFrames(MachineDirectory directory, long inode) {
    return directory.read(
        directory.path().resolve("memory").resolve(inode + ".frames"),
        in -> {
          int count = in.readInt();
          if (count < 0 || (long) count * Integer.BYTES > in.available()) {
            throw new IOException("a file of " + count + " pages");
          }
          int[] frames = new int[count];
          ByteBuffer.wrap(in.readNBytes(count * Integer.BYTES)).asIntBuffer().get(frames);
          return frames;
        });
  }

  void closed(String name) {
    append(CLOSED, name, 0, null);
  }

  void taken(String name) {
    append(TAKEN, name, 0, null);
  }

  /** Takes no more records: the machine is going down, and what it says now must not count. */
  void retire() {
    retired = true;
  }

  private void append(byte type, String name, long token, SavedFile file) {
    if (retired) {
      return;
    }
    try {
      ByteArrayOutputStream payload = new ByteArrayOutputStream();
      DataOutputStream fields = new DataOutputStream(payload);
      fields.writeByte(type);
      fields.writeUTF(name);
      if (file != null) {
        fields.writeLong(token);
        fields.writeLong(file.inode());
        fields.writeLong(file.size());
        fields.writeInt(file.seals());
        fields.writeLong(file.position());
      }
      byte[] bytes = payload.toByteArray();
      ByteBuffer record = ByteBuffer.allocate(2 * Integer.BYTES + bytes.length);
      out.write(record.putInt(bytes.length).putInt(checksum(bytes)).put(bytes).array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int checksum(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload);
    return (int) crc.getValue();
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
