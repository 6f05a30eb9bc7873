package org.marginsoftmax.eval;

import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;

/**
 * Templates: several images of a subject as one embedding, the mean of their l2-normalised
 * embeddings, normalised again (as for IJB-B and IJB-C, Whitelam 2017).
 */
public final class Templates {
  private Templates() {}

  /**
   * The mean direction of each template. A template of images that cancel out, or are all zero
   * vectors, is a zero vector: see {@link Embeddings#zeros}.
   *
   * @param images their labels mean nothing here
   * @param templates [T] indices of the images of each template, at least one
   * @param subjects [T] label of each template, at least 0
   * @throws InvalidInputException if there are no templates, or one has no images
   */
  public static Embeddings means(Embeddings images, int[][] templates, int[] subjects) {
    float[][] means = new float[templates.length][];
    for (int t = 0; t < means.length; t++) {
      if (templates[t].length == 0) {
        throw new InvalidInputException(
            "templates: expected at least one image for each, found none for template %d; leave it out"
                .formatted(t));
      }
      double[] sum = new double[images.dimension()];
      for (int i : templates[t]) {
        for (int k = 0; k < sum.length; k++) {
          sum[k] += images.vectors()[i][k];
        }
      }
      double norm = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
      means[t] = new float[sum.length];
      if (norm > Compactness.NO_DIRECTION * templates[t].length) {
        for (int k = 0; k < sum.length; k++) {
          means[t][k] = (float) (sum[k] / norm);
        }
      }
    }
    return new Embeddings(means, subjects);
  }
}
