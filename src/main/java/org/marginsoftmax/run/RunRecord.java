package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
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

    /** Type and shape of each sample. */
    ElementSpec element() {
      return image == null ? new ArrayShape(array) : ImageShape.parse(image);
    }
  }
}
