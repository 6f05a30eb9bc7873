package org.marginsoftmax.source;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;

/**
 * Names of the arrays of one part of a data set.
 *
 * @param features array of the samples
 * @param labels array of their labels
 */
record PartNames(String features, String labels) {
  static final List<PartNames> TRAIN =
      List.of(
          new PartNames("features", "labels"),
          new PartNames("images", "labels"),
          new PartNames("x", "y"),
          new PartNames("x_train", "y_train"),
          new PartNames("train_images", "train_labels"));

  static final List<PartNames> TEST =
      List.of(
          new PartNames("test_features", "test_labels"),
          new PartNames("x_test", "y_test"),
          new PartNames("test_images", "test_labels"));

  static final List<PartNames> VALIDATION =
      List.of(
          new PartNames("val_features", "val_labels"),
          new PartNames("x_val", "y_val"),
          new PartNames("val_images", "val_labels"),
          new PartNames("validation_features", "validation_labels"),
          new PartNames("x_validation", "y_validation"),
          new PartNames("validation_images", "validation_labels"));

  /**
   * Which of several names there are; null for none.
   *
   * @throws InvalidInputException if there are several, or samples without labels or the reverse
   */
  static PartNames find(List<PartNames> among, NamedArrays arrays, Path path) {
    List<PartNames> found =
        among.stream().filter(names -> arrays.names().contains(names.features)).toList();
    if (found.size() > 1) {
      throw new InvalidInputException(
          "one array of samples",
          found.stream().map(PartNames::features).collect(Collectors.joining(" and ")),
          path,
          "keep one of them");
    }
    if (found.isEmpty()) {
      if (among != TRAIN) {
        refuseLabelsAlone(among, arrays, path);
      }
      return null;
    }
    PartNames names = found.get(0);
    if (!arrays.names().contains(names.labels)) {
      throw new InvalidInputException(
          "an array " + names.labels + " beside " + names.features, listed(arrays), path, "add it");
    }
    return names;
  }

  private static void refuseLabelsAlone(List<PartNames> among, NamedArrays arrays, Path path) {
    List<PartNames> alone =
        among.stream().filter(names -> arrays.names().contains(names.labels)).toList();
    if (!alone.isEmpty()) {
      throw new InvalidInputException(
          "an array %s beside %s"
              .formatted(
                  alone.stream().map(PartNames::features).collect(Collectors.joining(" or ")),
                  alone.get(0).labels),
          listed(arrays),
          path,
          "add it");
    }
  }

  /** The error for data without any of the names. */
  static InvalidInputException missing(NamedArrays arrays, Path path) {
    return new InvalidInputException(
        "arrays "
            + TRAIN.stream()
                .map(names -> names.features + " and " + names.labels)
                .collect(Collectors.joining(", or ")),
        listed(arrays),
        path,
        "rename the arrays");
  }

  private static String listed(NamedArrays arrays) {
    return arrays.names().isEmpty() ? "no array" : String.join(", ", arrays.names());
  }
}
