package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.marginsoftmax.data.DataException;
import org.marginsoftmax.data.NpyFile;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;

/** Embeddings for a gallery or as probes: from a file, or of images. */
public final class EmbeddingRows {
  private EmbeddingRows() {}

  /**
   * Reads rows [N, D], or a single one [D], as {@code embed} writes them.
   *
   * @throws IllegalArgumentException if the file holds anything else, no row, or one with NaN,
   *     infinity or zeros only
   */
  public static float[][] read(Path file) {
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
    return rows;
  }

  /**
   * Embeds images, resized as for training.
   *
   * @param model a folder that export wrote, or the folder of a run
   * @param images files
   * @return a row for each, [N][D]
   * @throws IllegalArgumentException if the model is neither, does more than compute, or an image
   *     cannot be read
   */
  public static float[][] of(Path model, List<Path> images) {
    try (Embedder embedder = Embedder.open(Predict.served(model, null), EmbedderConfig.usual())) {
      return images.stream().map(embedder::embed).toArray(float[][]::new);
    }
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
