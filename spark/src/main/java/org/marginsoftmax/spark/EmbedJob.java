package org.marginsoftmax.spark;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.marginsoftmax.InvalidInputException;

/**
 * Embeds a large set of images into a folder of Parquet files, each of which has the embeddings of
 * a fixed part of the images and appears once it is whole. A job that was stopped goes on when it
 * is run again, with the parts that are missing; no image is twice in the output, whatever fails.
 */
public final class EmbedJob {
  private EmbedJob() {}

  /**
   * What a job has done.
   *
   * @param output folder of the Parquet files: {@code path}, a string, and {@code embedding}, D
   *     floats of norm 1
   * @param images of the job
   * @param before images whose parts were there before
   * @param unreadable images that could not be read, listed in {@code unreadableFolder}
   * @param unreadableFolder of Parquet files of {@code path} and {@code failure}; null if there are
   *     none
   * @param dimension D
   * @param parts number of files
   * @param seconds taken by what was done now, listing and starting not counted
   */
  public record Result(
      String output,
      long images,
      long before,
      long unreadable,
      String unreadableFolder,
      int dimension,
      int parts,
      double seconds) {}

  /**
   * Runs a job, or what is left of it.
   *
   * @param progress gets a line every ten seconds
   * @throws InvalidInputException if the model or the images cannot be used, a file is missing, or
   *     the output is that of another job
   */
  public static Result run(SparkSession spark, EmbedJobConfig config, PrintStream progress) {
    try {
      return embed(spark, config, progress);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Result embed(SparkSession spark, EmbedJobConfig config, PrintStream progress)
      throws IOException {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Configuration plain = Output.configuration(hadoop);
    Output output = new Output(Place.of(config.output(), hadoop));
    JobRecord begun = output.open(plain);
    SharedModel model =
        SharedModel.of(spark, config.model(), config.modelInPlace(), config.batchSize());
    Plan plan =
        Plan.of(spark, config.images(), begun == null ? 0 : begun.imagesPerPart(), progress);
    JobRecord job =
        new JobRecord(
            JobRecord.FORMAT,
            model.hash(),
            model.dimension(),
            plan.images(),
            plan.hash(),
            plan.imagesPerPart(),
            plan.parts().size());
    if (begun == null) {
      output.create(job, plain);
    } else {
      begun.require(job, config.output());
    }
    Set<Integer> done = output.done(plain);
    List<Part> left = plan.parts().stream().filter(part -> !done.contains(part.number())).toList();
    long before = plan.images() - left.stream().mapToLong(Part::images).sum();
    if (before > 0) {
      progress.printf("going on: %,d of %,d images are done%n", before, plan.images());
    }
    double seconds = run(spark, config, model, output, left, before, plan.images(), progress);
    long unreadable = output.unreadable(plain);
    if (unreadable == plan.images()) {
      throw new InvalidInputException(
          "images: expected some that can be read, found none among %,d; see why in %s"
              .formatted(unreadable, output.unreadableFolder()));
    }
    output.finish(plain);
    return new Result(
        config.output(),
        plan.images(),
        before,
        unreadable,
        unreadable == 0 ? null : output.unreadableFolder(),
        model.dimension(),
        plan.parts().size(),
        seconds);
  }

  private static double run(
      SparkSession spark,
      EmbedJobConfig config,
      SharedModel model,
      Output output,
      List<Part> left,
      long before,
      long images,
      PrintStream progress) {
    if (left.isEmpty()) {
      return 0;
    }
    long started = System.nanoTime();
    LongAccumulator done = spark.sparkContext().longAccumulator("images");
    Progress lines = new Progress(before, images, done::value, progress);
    try {
      new JavaSparkContext(spark.sparkContext())
          .parallelize(left.stream().map(PartTask::bytes).toList(), left.size())
          .foreach(
              new PartTask(
                  model,
                  output,
                  new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()),
                  config.skipMissing(),
                  done));
    } catch (Exception e) {
      throw refusal(e);
    } finally {
      lines.close();
    }
    return (System.nanoTime() - started) / 1e9;
  }

  /** What an executor refused, in its words; Spark's exceptions are not declared. */
  private static RuntimeException refusal(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidInputException refused) {
        return refused;
      }
    }
    if (e instanceof SparkException) {
      return new JobFailedException(
          "job: expected every part to be done, found a failure of Spark's, %s; what is done is kept, so see to that and start the same job again"
              .formatted(String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
    return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
  }
}
