package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.NpyFile;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;

/**
 * Embeddings for a gallery or as probes: from a file, or of images.
 *
 * @param count how many, N
 * @param images their files, N of them; null where the embeddings come from a file
 * @param rows N of them; images are embedded whenever it is asked for them
 */
public record EmbeddingRows(int count, List<Path> images, Supplier<List<Row>> rows) {
  /**
   * One of them.
   *
   * @param vector [D]; null if its image could not be read
   * @param failure why it could not; null where it could
   */
  public record Row(float[] vector, String failure) {}

  /**
   * Reads rows [N, D], or a single one [D], as {@code embed} writes them.
   *
   * @throws InvalidInputException if the file holds anything else, no row, or one with NaN,
   *     infinity or zeros only
   */
  public static EmbeddingRows read(Path file) {
    NpyFile.Floats array = NpyFile.readFloats(file);
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
   * Those of images, resized as for training; one that cannot be read is passed. Asked for them it
   * throws {@link InvalidInputException} if the model is none, does more than compute, or no image
   * can be read.
   *
   * @param model a folder that export wrote, or the folder of a run
   * @param named files, and folders, of which all images are meant
   * @param progress what is skipped goes there, and a line every ten seconds
   * @throws InvalidInputException if there is no file, or the run is not finished
   */
  public static EmbeddingRows of(Path model, List<Path> named, PrintStream progress) {
    RunFolder.savedModel(model);
    List<Path> images = ImageSources.files(named, progress);
    return new EmbeddingRows(
        images.size(),
        images,
        () -> {
          try (Embedder embedder =
              Embedder.open(Predict.served(model, null), EmbedderConfig.usual())) {
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
