package org.marginsoftmax.spark;

import java.util.Objects;
import org.marginsoftmax.InvalidInputException;

/**
 * What a job embeds, with what, and where to.
 *
 * @param model path of a folder that {@code export} wrote
 * @param images to embed
 * @param output path of a folder for the Parquet files: one that is new or empty, or that of the
 *     same job, which then goes on
 * @param modelInPlace whether every executor reads the model at that path; otherwise the driver
 *     sends it to them
 * @param batchSize images run at once, 1..4096; 0 for as many as memory allows
 * @param skipMissing whether a file that is not there is listed as unreadable; otherwise it ends
 *     the job
 */
public record EmbedJobConfig(
    String model,
    ImageSet images,
    String output,
    boolean modelInPlace,
    int batchSize,
    boolean skipMissing) {
  /**
   * @throws InvalidInputException if the batch size is out of range
   */
  public EmbedJobConfig {
    Objects.requireNonNull(model);
    Objects.requireNonNull(images);
    Objects.requireNonNull(output);
    BatchSize.require(batchSize);
  }

  /**
   * The usual job: the driver sends the model, memory decides the batches, no file may be missing.
   */
  public static EmbedJobConfig usual(String model, ImageSet images, String output) {
    return new EmbedJobConfig(model, images, output, false, BatchSize.BY_MEMORY, false);
  }
}
