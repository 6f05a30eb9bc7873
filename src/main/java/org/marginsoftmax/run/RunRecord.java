package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;

/**
 * The content of {@code config.json}: everything needed to repeat a run.
 *
 * @param options the configuration of the run
 * @param data the data it was trained on
 * @param versions of this library, TensorFlow and Java
 */
public record RunRecord(TrainConfig options, Data data, Map<String, String> versions) {
  /**
   * @throws InvalidInputException if options, data or versions are missing
   */
  public RunRecord {
    require(
        options != null && data != null && versions != null,
        "options, data and versions",
        "one of them missing");
  }

  private static void require(boolean holds, String expected, String found) {
    if (!holds) {
      throw new InvalidInputException(
          "run: expected %s, found %s; restore config.json from a copy, or begin a new run"
              .formatted(expected, found));
    }
  }

  /**
   * The data of a run.
   *
   * @param hash of the training samples, of the test samples and, if they come from a folder of
   *     their own, of the validation samples, separated by spaces
   * @param image shape of images, as in 28x28x1; null for arrays
   * @param array shape of arrays; null for images
   * @param training number of samples trained on
   * @param validation number of validation samples
   * @param test number of test samples
   * @param classNames by label
   * @param originalClasses the number that each label's class has in the data
   */
  public record Data(
      String hash,
      @JsonInclude(JsonInclude.Include.NON_NULL) String image,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<Integer> array,
      int training,
      int validation,
      int test,
      List<String> classNames,
      List<Integer> originalClasses) {
    /**
     * @throws InvalidInputException if a value is missing or two do not go together
     */
    public Data {
      require(hash != null, "the hash of the samples", "none");
      require(
          (image == null) != (array == null), "the shape of images or of arrays", "none, or both");
      require(
          training >= 0 && validation >= 0 && test >= 0, "numbers of samples", "one below zero");
      require(whole(classNames), "names of the classes", String.valueOf(classNames));
      require(
          whole(originalClasses) && originalClasses.size() == classNames.size(),
          "a number for each of the %d classes".formatted(classNames.size()),
          String.valueOf(originalClasses));
      element(image, array);
    }

    private static boolean whole(List<?> values) {
      return values != null && values.stream().noneMatch(Objects::isNull);
    }

    private static ElementSpec element(String image, List<Integer> array) {
      require(array == null || whole(array), "the sizes of arrays", String.valueOf(array));
      return image == null ? new ArrayShape(array) : ImageShape.parse(image);
    }

    /** Type and shape of each sample. */
    ElementSpec element() {
      return element(image, array);
    }
  }
}
