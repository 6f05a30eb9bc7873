package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.npy.NpzFile;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;
import org.marginsoftmax.source.ArrayData;

/**
 * Embeddings to add to a gallery or to search it with, read from a file or computed from images.
 *
 * @param count N, the number of rows
 * @param images the N image files; null if the embeddings come from a file
 * @param rows supplies the N rows; each call embeds the images again
 */
public record EmbeddingRows(int count, List<Path> images, Supplier<List<Row>> rows) {
  /**
   * One embedding, or the reason why there is none.
   *
   * @param vector [D]; null if its image could not be read
   * @param failure why the image could not be read; null if it could
   */
  public record Row(float[] vector, String failure) {}

  /**
   * Reads rows [N, D], or a single one [D], as {@code embed} writes them: an NPY file, or the
   * {@code features} of an NPZ archive.
   *
   * @throws InvalidInputException if the file holds anything else or no rows, or if a row holds NaN
   *     or infinity, or only zeros
   */
  public static EmbeddingRows read(Path file) {
    NpyFile.Floats array =
        NpzFile.isName(file) ? ArrayData.features(file) : NpyFile.readFloats(file);
    int rank = array.shape().length;
    if (rank < 1 || rank > 2 || array.values().length == 0) {
      throw new InvalidInputException(
          "embeddings [N, D]",
          "shape " + Arrays.toString(array.shape()),
          file,
          "write them with embed");
    }
    float[][] rows = rank == 1 ? new float[][] {array.values()} : array.rows();
    for (int i = 0; i < rows.length; i++) {
      checkRow(rows[i], i, file);
    }
    List<Row> read = Arrays.stream(rows).map(row -> new Row(row, null)).toList();
    return new EmbeddingRows(read.size(), null, () -> read);
  }

  /**
   * Embeddings of images, which are resized as for training; images that cannot be read are
   * skipped. The rows are computed when they are asked for, which throws {@link
   * InvalidInputException} if the model is not usable, if it does more than compute, or if no image
   * can be read.
   *
   * @param model a folder written by export, or the folder of a run
   * @param named image files, and folders whose images are all used
   * @param progress gets a line for each file that is skipped, and one every ten seconds
   * @throws InvalidInputException if there are no image files, or the run is not finished
   */
  public static EmbeddingRows of(Path model, List<Path> named, PrintStream progress) {
    RunFolder.savedModel(model);
    List<Path> images = ImageSources.files(named, progress);
    return new EmbeddingRows(
        images.size(),
        images,
        () -> {
          try (Embedder embedder =
              Embedder.open(Predict.served(model, null, progress), EmbedderConfig.usual())) {
            return ImageSources.each(images, "embedded", file -> embedder.embed(file), progress)
                .stream()
                .map(outcome -> new Row(outcome.result(), outcome.failure()))
                .toList();
          }
        });
  }

  private static void checkRow(float[] row, int index, Path file) {
    boolean zero = true;
    for (float value : row) {
      if (!Float.isFinite(value)) {
        throw new InvalidInputException(
            "finite numbers",
            value + " in row " + index,
            file,
            "look at that image, and at the model");
      }
      zero &= value == 0;
    }
    if (zero) {
      throw new InvalidInputException(
          "directions", "zeros only in row " + index, file, "look at that image, and at the model");
    }
  }
}
