package org.marginsoftmax.run;

import java.util.List;
import java.util.Map;

/**
 * What {@code config.json} holds: everything needed to repeat a run.
 *
 * @param options what was asked for
 * @param data what it met
 * @param versions of this library, TensorFlow and Java
 */
public record RunRecord(TrainConfig options, Data data, Map<String, String> versions) {

  /**
   * The data of a run.
   *
   * @param hash of the training samples, of the test samples and, where they come from a folder of
   *     their own, of those for validation, separated by spaces
   * @param image shape, as in 28x28x1
   * @param training number of samples trained on
   * @param validation number of samples held out of the training set
   * @param test number of test samples
   * @param classNames by label
   * @param originalClasses the data's own number of each label
   */
  public record Data(
      String hash,
      String image,
      int training,
      int validation,
      int test,
      List<String> classNames,
      List<Integer> originalClasses) {}
}
