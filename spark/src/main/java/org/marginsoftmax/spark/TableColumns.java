package org.marginsoftmax.spark;

import java.io.Serializable;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.marginsoftmax.InvalidInputException;

/**
 * The columns of a table of images.
 *
 * @param path name of the column of paths, strings
 * @param content name of the column of contents, binaries
 */
record TableColumns(String path, String content) implements Serializable {
  /** What is read of the table. */
  MessageType schema() {
    return Types.buildMessage()
        .optional(PrimitiveTypeName.BINARY)
        .as(LogicalTypeAnnotation.stringType())
        .named(path)
        .optional(PrimitiveTypeName.BINARY)
        .named(content)
        .named("images");
  }

  /** The image of a row. */
  Part.NamedContent image(Group row, String file) {
    if (row.getFieldRepetitionCount(path) == 0) {
      throw new InvalidInputException(
          "table: expected a path in every row, found null in %s; give each image one"
              .formatted(file));
    }
    String name = row.getString(path, 0);
    byte[] bytes =
        row.getFieldRepetitionCount(content) == 0 ? null : row.getBinary(content, 0).getBytes();
    return new Part.NamedContent() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public byte[] content() throws Place.Unreadable {
        if (bytes == null) {
          throw new Place.Unreadable("no content");
        }
        return bytes;
      }
    };
  }
}
