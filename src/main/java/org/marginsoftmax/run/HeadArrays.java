package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.npy.NpyFile;

/**
 * Arrays to apply a head to, read from NPY files.
 *
 * @param features [N, D]
 * @param centers [R, D]: one row for each class, or K consecutive rows for each
 * @param labels [N]
 * @param oneHot number of columns if the labels were one-hot rows; 0 if they were integers
 * @param draws standard normal, [N]; null to draw them at random
 * @param counts number of training samples of each class, [C]; null to count the labels
 */
public record HeadArrays(
    NpyFile.Floats features,
    NpyFile.Floats centers,
    int[] labels,
    int oneHot,
    double[] draws,
    int[] counts) {

  /**
   * Reads the arrays and checks that they fit together.
   *
   * @param draws may be null
   * @param counts may be null
   * @throws InvalidInputException if a file is missing or damaged, if it holds NaN or infinity, or
   *     if the shapes do not fit
   */
  public static HeadArrays read(Path features, Path centers, Path labels, Path draws, Path counts) {
    NpyFile.Floats x = matrix(features, "features [N, D]");
    NpyFile.Floats w = matrix(centers, "centers [C, D]");
    NpyFile.Labels read = NpyFile.readLabels(labels);
    int[] y = read.values();
    if (x.shape()[1] != w.shape()[1]) {
      throw new InvalidInputException(
          "centers of size " + x.shape()[1] + " as the features",
          "size " + w.shape()[1],
          centers,
          "give both the same D; one row a class");
    }
    if (y.length != x.shape()[0]) {
      throw new InvalidInputException(
          "a label for each of the " + x.shape()[0] + " features",
          y.length + " labels",
          labels,
          "give arrays that belong together");
    }
    double[] d = draws == null ? null : NpyFile.readDoubles(draws);
    if (d != null && d.length != y.length) {
      throw new InvalidInputException(
          "a draw for each of the " + y.length + " samples",
          d.length + " draws",
          draws,
          "give standard normal numbers, [N]");
    }
    int[] n =
        counts == null ? null : NpyFile.readIntegers(counts, "samples of each class, integers [C]");
    return new HeadArrays(x, w, y, read.classes(), d, n);
  }

  /** Number of classes for this number of centers per class, with the labels checked against it. */
  int classes(int subcenters) {
    int rows = centers.shape()[0];
    if (rows % subcenters != 0 || rows / subcenters < 2) {
      throw new InvalidInputException(
          "a multiple of " + subcenters + " centers, at least 2 classes of them",
          rows + " rows",
          "centers",
          "give K rows a class, one class after the other");
    }
    int classes = rows / subcenters;
    if (oneHot != 0 && oneHot != classes) {
      throw new InvalidInputException(
          "one-hot labels of " + classes + " columns, one a class",
          oneHot + " columns",
          "labels",
          "give labels and centers of the same classes");
    }
    int smallest = Arrays.stream(labels).min().orElse(0);
    int largest = Arrays.stream(labels).max().orElse(0);
    if (smallest == 1 && largest == classes) {
      throw new InvalidInputException(
          "labels 0.." + (classes - 1),
          "labels that run from 1 to " + classes,
          "labels",
          "subtract 1 from each");
    }
    if (smallest < 0 || largest >= classes) {
      throw new InvalidInputException(
          "labels 0.." + (classes - 1),
          "label " + (smallest < 0 ? smallest : largest),
          "labels",
          "renumber them, or give a center for every class");
    }
    return classes;
  }

  /** Number of samples of each class, as given or else counted from the labels. */
  int[] countsOf(int classes) {
    if (counts != null) {
      if (counts.length != classes) {
        throw new InvalidInputException(
            "a count for each of the " + classes + " classes",
            counts.length + " counts",
            "counts",
            "give an array [C]");
      }
      return counts;
    }
    int[] counted = new int[classes];
    for (int label : labels) {
      counted[label]++;
    }
    return counted;
  }

  private static NpyFile.Floats matrix(Path file, String expected) {
    NpyFile.Floats array = NpyFile.readFloats(file);
    if (array.shape().length != 2 || array.shape()[0] == 0 || array.shape()[1] == 0) {
      throw new InvalidInputException(
          expected, "shape " + Arrays.toString(array.shape()), file, "give a matrix of rows");
    }
    for (int i = 0; i < array.values().length; i++) {
      if (!Float.isFinite(array.values()[i])) {
        throw new InvalidInputException(
            "finite float32 numbers",
            array.values()[i] + " in row " + i / array.shape()[1],
            file,
            "look for what made it");
      }
    }
    return array;
  }
}
