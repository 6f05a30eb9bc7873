package org.marginsoftmax.spark;

import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * A Parquet file of the output. It is written under a name of its own and renamed when it is whole.
 * If several processes write the same part, each renames a whole file, and one of them stays.
 */
final class PartFile implements AutoCloseable {
  private static final MessageType EMBEDDINGS =
      MessageTypeParser.parseMessageType(
          """
          message embeddings {
            required binary path (STRING);
            required group embedding (LIST) {
              repeated group list {
                required float element;
              }
            }
          }
          """);
  private static final MessageType FAILURES =
      MessageTypeParser.parseMessageType(
          """
          message failures {
            required binary path (STRING);
            required binary failure (STRING);
          }
          """);

  private final FileSystem system;
  private final Path target;
  private final Path aside;
  private final ParquetWriter<Embedded<String>> writer;
  private boolean closed;

  private PartFile(Path target, Path temporary, MessageType schema, Configuration hadoop)
      throws IOException {
    this.target = target;
    this.aside = new Path(temporary, target.getName() + "." + UUID.randomUUID());
    this.system = target.getFileSystem(hadoop);
    this.writer =
        new Builder(aside, schema)
            .withConf(hadoop)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            // No two embeddings are alike.
            .withDictionaryEncoding(false)
            .build();
  }

  /** For embeddings: path and embedding. */
  static PartFile ofEmbeddings(Path target, Path temporary, Configuration hadoop)
      throws IOException {
    return new PartFile(target, temporary, EMBEDDINGS, hadoop);
  }

  /** For images that cannot be read: path and failure. */
  static PartFile ofFailures(Path target, Path temporary, Configuration hadoop) throws IOException {
    return new PartFile(target, temporary, FAILURES, hadoop);
  }

  void write(Embedded<String> row) throws IOException {
    writer.write(row);
  }

  /** Makes it appear under its name. */
  void commit() throws IOException {
    closed = true;
    writer.close();
    if (!system.rename(aside, target)) {
      system.delete(aside, false);
      if (!system.exists(target)) {
        throw new IOException("%s could not be renamed to %s".formatted(aside, target));
      }
    }
  }

  /** Removes it, unless it was committed. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      try (writer) {
        // Closed before it is deleted.
      }
      system.delete(aside, false);
    }
  }

  private static final class Builder extends ParquetWriter.Builder<Embedded<String>, Builder> {
    private final MessageType schema;

    Builder(Path file, MessageType schema) {
      super(file);
      this.schema = schema;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<Embedded<String>> getWriteSupport(Configuration hadoop) {
      return new Rows(schema);
    }
  }

  private static final class Rows extends WriteSupport<Embedded<String>> {
    private final MessageType schema;
    private RecordConsumer out;

    Rows(MessageType schema) {
      this.schema = schema;
    }

    @Override
    public WriteContext init(Configuration hadoop) {
      return new WriteContext(schema, Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
      out = consumer;
    }

    @Override
    public void write(Embedded<String> row) {
      out.startMessage();
      text("path", 0, row.item());
      if (row.failure() == null) {
        vector(row.vector());
      } else {
        text("failure", 1, row.failure());
      }
      out.endMessage();
    }

    private void text(String field, int index, String value) {
      out.startField(field, index);
      out.addBinary(Binary.fromString(value));
      out.endField(field, index);
    }

    private void vector(float[] values) {
      out.startField("embedding", 1);
      out.startGroup();
      out.startField("list", 0);
      for (float value : values) {
        out.startGroup();
        out.startField("element", 0);
        out.addFloat(value);
        out.endField("element", 0);
        out.endGroup();
      }
      out.endField("list", 0);
      out.endGroup();
      out.endField("embedding", 1);
    }
  }
}
