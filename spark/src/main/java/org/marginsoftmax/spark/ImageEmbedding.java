package org.marginsoftmax.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.marginsoftmax.InvalidInputException;

/**
 * Embeddings of the images in a column of a DataFrame: of binaries, the contents of PNG, JPEG, GIF,
 * BMP, TIFF or WebP files, or of strings, their paths. An embedding is D floats of norm 1; it is
 * null for a null and for an image that cannot be read. A file that is not there ends the query.
 *
 * <p>An executor opens the model once, for all of its tasks, and closes it when it ends.
 */
public final class ImageEmbedding implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final DataType VECTOR = DataTypes.createArrayType(DataTypes.FloatType, false);

  private final SharedModel model;
  private final SerializableConfiguration hadoop;

  private ImageEmbedding(SharedModel model, SerializableConfiguration hadoop) {
    this.model = model;
    this.hadoop = hadoop;
  }

  /**
   * Reads a model and sends it to the executors.
   *
   * @param model path of a folder that {@code export} wrote, as the driver sees it
   * @throws InvalidInputException if it is no such folder, or the model takes no images
   */
  public static ImageEmbedding of(SparkSession spark, String model) {
    return of(spark, model, false, BatchSize.BY_MEMORY);
  }

  /**
   * Reads a model, and sends it to the executors unless they have it.
   *
   * @param model path of a folder that {@code export} wrote
   * @param inPlace whether every executor reads it at that path; otherwise the driver sends it
   * @param batchSize images run at once, 1..4096; 0 for as many as memory allows
   * @throws InvalidInputException if it is no such folder, the model takes no images, or the batch
   *     size is out of range
   */
  public static ImageEmbedding of(
      SparkSession spark, String model, boolean inPlace, int batchSize) {
    BatchSize.require(batchSize);
    return new ImageEmbedding(
        SharedModel.of(spark, model, inPlace, batchSize),
        new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
  }

  /** D, the size of an embedding. */
  public int dimension() {
    return model.dimension();
  }

  /**
   * A function from a column to a column of embeddings, for expressions and, registered, for SQL.
   * It is called for each row alone; {@link #embed} runs batches, which is faster.
   */
  public UserDefinedFunction function() {
    UDF1<Object, float[]> each = this::embedded;
    return functions.udf(each, VECTOR);
  }

  private float[] embedded(Object image) {
    return image == null
        ? null
        : Embedded.all(
                Arrays.asList(image).iterator(), this::content, ExecutorModel.of(model), false)
            .next()
            .vector();
  }

  /**
   * Adds a column of embeddings, computed in batches.
   *
   * @param images name of the column of binaries or strings
   * @param embedding name of the new column
   * @return the rows in their order, each with an embedding or null
   * @throws InvalidInputException if there is no such column, or already one of the new name
   */
  public Dataset<Row> embed(Dataset<Row> rows, String images, String embedding) {
    StructType schema = rows.schema();
    int column = Arrays.asList(schema.fieldNames()).indexOf(images);
    DataType type = column < 0 ? null : schema.fields()[column].dataType();
    if (!(type instanceof BinaryType || type instanceof StringType)) {
      throw new InvalidInputException(
          "column '%s': expected one of binaries or strings, found %s; name another"
              .formatted(
                  images,
                  type == null
                      ? "columns " + String.join(", ", schema.fieldNames())
                      : "one of " + type.simpleString()));
    }
    if (Arrays.asList(schema.fieldNames()).contains(embedding)) {
      throw new InvalidInputException(
          "column '%s': expected a new name, found a column of it; choose another"
              .formatted(embedding));
    }
    MapPartitionsFunction<Row, Row> each = part -> embedded(part, column);
    return rows.mapPartitions(each, Encoders.row(schema.add(embedding, VECTOR, true)));
  }

  private Iterator<Row> embedded(Iterator<Row> rows, int column) {
    Iterator<Embedded<Row>> all =
        Embedded.all(rows, row -> content(row.get(column)), ExecutorModel.of(model), false);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return all.hasNext();
      }

      @Override
      public Row next() {
        Embedded<Row> each = all.next();
        Object[] values = new Object[each.item().length() + 1];
        for (int i = 0; i < values.length - 1; i++) {
          values[i] = each.item().get(i);
        }
        values[values.length - 1] = each.vector();
        return RowFactory.create(values);
      }
    };
  }

  private byte[] content(Object image) throws IOException {
    if (image instanceof byte[] bytes) {
      return bytes;
    }
    if (image instanceof String path) {
      Configuration conf = hadoop.value();
      return Place.of(path, conf).content(conf);
    }
    if (image == null) {
      throw new Place.Unreadable("no content");
    }
    throw new InvalidInputException(
        "column: expected binaries or strings, found %s; give the function another column"
            .formatted(image.getClass().getSimpleName()));
  }
}
