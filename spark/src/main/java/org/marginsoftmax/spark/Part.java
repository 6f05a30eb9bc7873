package org.marginsoftmax.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.marginsoftmax.InvalidInputException;

/** A fixed share of the images, which one task embeds into one file. */
sealed interface Part extends Serializable {
  /** Position among the parts, from 0. */
  int number();

  /** How many images it has, at least 1. */
  int images();

  /** Opens its images, in order. */
  Images open(Configuration hadoop) throws IOException;

  /** Images that are being read. */
  interface Images extends Iterator<NamedContent>, AutoCloseable {
    @Override
    void close() throws IOException;
  }

  /** An image by its name, read when it is asked for. */
  interface NamedContent {
    String name();

    /** The content of its file. */
    byte[] content() throws IOException;
  }

  /**
   * Images in files.
   *
   * @param root of relative names
   * @param names as the output has them
   */
  record Files(int number, Place root, List<String> names) implements Part {
    @Override
    public int images() {
      return names.size();
    }

    @Override
    public Images open(Configuration hadoop) {
      Iterator<String> each = names.iterator();
      return new Images() {
        @Override
        public boolean hasNext() {
          return each.hasNext();
        }

        @Override
        public NamedContent next() {
          String name = each.next();
          return new NamedContent() {
            @Override
            public String name() {
              return name;
            }

            @Override
            public byte[] content() throws IOException {
              return root.resolve(name, hadoop).content(hadoop);
            }
          };
        }

        @Override
        public void close() {}
      };
    }
  }

  /**
   * Row groups of a Parquet file that follow each other, and have the contents of the images.
   *
   * @param file path of the file, with its scheme
   * @param start byte of the file at which the first begins
   * @param end byte after the last
   * @param columns of the paths and of the contents
   */
  record RowGroups(int number, String file, long start, long end, int images, TableColumns columns)
      implements Part {
    @Override
    public Images open(Configuration hadoop) throws IOException {
      Configuration projected = new Configuration(hadoop);
      projected.set(ReadSupport.PARQUET_READ_SCHEMA, columns.schema().toString());
      ParquetReader<Group> reader =
          ParquetReader.builder(new GroupReadSupport(), new Path(file))
              .withConf(projected)
              .withFileRange(start, end)
              .build();
      return new Images() {
        private int read;

        @Override
        public boolean hasNext() {
          return read < images;
        }

        @Override
        public NamedContent next() {
          try {
            Group row = reader.read();
            if (row == null) {
              throw new InvalidInputException(
                  "table: expected %d rows in bytes %d to %d of %s, found %d; let nothing write to it while the job runs"
                      .formatted(images, start, end, file, read));
            }
            read++;
            return columns.image(row, file);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        }

        @Override
        public void close() throws IOException {
          reader.close();
        }
      };
    }
  }
}
