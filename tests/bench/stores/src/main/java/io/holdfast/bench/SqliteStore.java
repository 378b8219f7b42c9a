package io.holdfast.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** SQLite with a row a record. */
final class SqliteStore implements Store {
  @Override
  public Appender open(Path folder, Records records, boolean durable) throws SQLException {
    Connection connection = connect(folder);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA locking_mode = EXCLUSIVE");
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = " + (durable ? "FULL" : "OFF"));
      statement.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
    }
    connection.setAutoCommit(false);
    PreparedStatement insert = connection.prepareStatement("INSERT INTO records VALUES (?, ?)");
    return new Appender() {
      @Override
      public void append(int from, int to) throws SQLException {
        for (int i = from; i < to; i++) {
          insert.setLong(1, i);
          insert.setBytes(2, records.encoded()[i]);
          insert.executeUpdate();
        }
        connection.commit();
      }

      @Override
      public void close() throws SQLException {
        insert.close();
        connection.close();
      }
    };
  }

  private static Connection connect(Path folder) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("store.sqlite"));
  }

  @Override
  public void scan(Path folder, Tally tally) throws SQLException {
    try (Connection connection = connect(folder);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT bytes FROM records ORDER BY id")) {
      while (rows.next()) {
        byte[] value = rows.getBytes(1);
        tally.add(value, 0, value.length);
      }
    }
  }
}
