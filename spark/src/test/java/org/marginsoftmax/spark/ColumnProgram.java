package org.marginsoftmax.spark;

import static org.apache.spark.sql.functions.col;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A user's program: embeddings as a column of a DataFrame, in each way that there is. */
public final class ColumnProgram {
  private ColumnProgram() {}

  /** Takes a model, a folder of images, and a folder to write to. */
  public static void main(String[] args) {
    try (SparkSession spark =
        SparkSession.builder()
            .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
            .config("spark.executorEnv.LC_ALL", "C.UTF-8")
            .getOrCreate()) {
      ImageEmbedding embedding = ImageEmbedding.of(spark, args[0]);
      Dataset<Row> images = spark.read().format("binaryFile").load(args[1]);
      images
          .select(col("path"), embedding.function().apply(col("content")).as("embedding"))
          .write()
          .parquet(args[2] + "/function");
      embedding
          .embed(images.select("path", "content"), "content", "embedding")
          .drop("content")
          .write()
          .parquet(args[2] + "/batches");
      embedding
          .embed(images.select("path"), "path", "embedding")
          .write()
          .parquet(args[2] + "/paths");
      spark.udf().register("embedding", ImageEmbedding.of(spark, args[0]).function());
      images.createOrReplaceTempView("images");
      spark
          .sql("select path, embedding(content) as embedding from images")
          .write()
          .parquet(args[2] + "/sql");
    }
  }
}
