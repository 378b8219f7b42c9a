package io.holdfast.bench;

import java.util.Locale;

/** The stores, each in the configuration somebody who knows it would choose for this. */
enum StoreKind {
  PLAIN("plain file", "a checksum and one write() a batch; durable: fdatasync.", true),
  JOURNAL(
      "**Holdfast: the journal**",
      "its public API: a batch is one append(), which checks the records against what is recorded"
          + " and encodes them; the scan decodes them into a session. Durable: sync(), which is"
          + " fdatasync.",
      true),
  BATCHES(
      "**Holdfast: its batches alone**",
      "the same file format below that, in one file of the right size; the scan finds and checks"
          + " the batches and takes the records out of them. Durable: fdatasync.",
      true),
  MAP(
      "Chronicle Map",
      "an entry a record, Long to byte[], entries() and averageValueSize() told, one segment,"
          + " queryContext and insert. Durable: fdatasync on a channel of its own.",
      false),
  QUEUE(
      "Chronicle Queue",
      "an excerpt a record, LARGE_DAILY; a batch is not atomic. Durable: fdatasync on a channel of"
          + " its own.",
      false),
  MVSTORE(
      "H2 MVStore",
      "an entry a record, Long to byte[], single writer, append(), one commit() a batch, no"
          + " background work. Durable: sync().",
      false),
  ROCKSDB(
      "RocksDB",
      "an entry a record, one WriteBatch a batch through the write-ahead log, no compression."
          + " Durable: WriteOptions.sync. Opened read-only for the scan.",
      true),
  LMDB(
      "LMDB (lmdbjava)",
      "an entry a record, MDB_APPEND, integer keys, a transaction a batch; not durable:"
          + " MDB_WRITEMAP and MDB_NOSYNC; durable: neither.",
      false),
  SQLITE(
      "SQLite (sqlite-jdbc)",
      "a row a record, a prepared statement, a transaction a batch, WAL, exclusive; not durable:"
          + " synchronous=OFF, durable: FULL.",
      false);

  final String title;
  final String configuration;

  /** Whether its scan, as configured, checks what it reads against checksums of the content. */
  final boolean checksWhatItReads;

  StoreKind(String title, String configuration, boolean checksWhatItReads) {
    this.title = title;
    this.configuration = configuration;
    this.checksWhatItReads = checksWhatItReads;
  }

  Store create() {
    return switch (this) {
      case PLAIN -> new PlainFileStore();
      case JOURNAL -> new JournalStore();
      case BATCHES -> new BatchStore();
      case MAP -> new MapStore();
      case QUEUE -> new QueueStore();
      case MVSTORE -> new MvStore();
      case ROCKSDB -> new RocksStore();
      case LMDB -> new LmdbStore();
      case SQLITE -> new SqliteStore();
    };
  }

  /** As it is named in options. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
