package org.marginsoftmax.run;

/**
 * What to train on.
 *
 * @param source {@code fashion-mnist}, or a folder of IDX files
 * @param classes those to use, as in {@code 0-4,7}; null for all
 * @param limit number of training samples to draw, balanced over the classes; null for all
 * @param validation share of the training set held out by class, 0..0.5
 */
public record DataConfig(String source, String classes, Integer limit, double validation) {
  /** Fashion-MNIST, all of it, a twentieth held out. */
  public static DataConfig fashionMnist() {
    return new DataConfig(FASHION_MNIST, null, null, 0.05);
  }

  static final String FASHION_MNIST = "fashion-mnist";
}
