package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Arrays;
import org.marginsoftmax.data.DataException;
import org.marginsoftmax.data.NpyFile;

/** Embeddings from a file, for a gallery or as probes. */
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
