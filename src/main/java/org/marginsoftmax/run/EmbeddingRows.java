package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.marginsoftmax.data.DataException;
import org.marginsoftmax.data.NpyFile;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;

/**
 * Embeddings for a gallery or as probes: from a file, or of images.
 *
 * @param count how many, N
 * @param rows [N, D]; images are embedded whenever it is asked for them
 */
public record EmbeddingRows(int count, Supplier<float[][]> rows) {
  /**
   * Reads rows [N, D], or a single one [D], as {@code embed} writes them.
   *
   * @throws IllegalArgumentException if the file holds anything else, no row, or one with NaN,
   *     infinity or zeros only
   */
  public static EmbeddingRows read(Path file) {
    NpyFile.Floats array = NpyFile.readFloats(file);
    int rank = array.shape().length;
    if (rank < 1 || rank > 2 || array.values().length == 0) {
      throw new DataException(
          "embeddings [N, D]",
          "shape " + Arrays.toString(array.shape()),
          file,
          "write them with embed");
    }
    float[][] rows = rank == 1 ? new float[][] {array.values()} : array.rows();
    for (int i = 0; i < rows.length; i++) {
      checkRow(rows[i], i, file);
    }
    return new EmbeddingRows(rows.length, () -> rows);
  }

  /**
   * Those of images, resized as for training. Asked for them it throws {@link
   * IllegalArgumentException} if the model is none, does more than compute, or an image cannot be
   * read.
   *
   * @param model a folder that export wrote, or the folder of a run
   * @param images files
   * @param progress a line every ten seconds goes there
   */
  public static EmbeddingRows of(Path model, List<Path> images, PrintStream progress) {
    return new EmbeddingRows(
        images.size(),
        () -> {
          try (Embedder embedder =
              Embedder.open(Predict.served(model, null), EmbedderConfig.usual())) {
            IntConsumer done = Quiet.lines("embedded", images.size(), progress);
            float[][] rows = new float[images.size()][];
            for (int i = 0; i < rows.length; i++) {
              rows[i] = embedder.embed(images.get(i));
              done.accept(i + 1);
            }
            return rows;
          }
        });
  }

  private static void checkRow(float[] row, int index, Path file) {
    boolean zero = true;
    for (float value : row) {
      if (!Float.isFinite(value)) {
        throw new DataException(
            "finite numbers",
            value + " in row " + index,
            file,
            "look at that image, and at the model");
      }
      zero &= value == 0;
    }
    if (zero) {
      throw new DataException(
          "directions", "zeros only in row " + index, file, "look at that image, and at the model");
    }
  }
}
