package org.marginsoftmax.run;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Pca;
import org.marginsoftmax.report.Growth;
import org.marginsoftmax.report.Sphere;

/**
 * What the spheres of reports show: features along the principal components of test samples.
 *
 * @param test the test samples
 * @param pca of their l2-normalised features
 */
record Spheres(TestEvaluation test, Pca pca) {
  /** Most principal components on a page, for t-SNE: more hardly change what is near to what. */
  private static final int COMPONENTS = 30;

  static Spheres of(TestEvaluation test) {
    Embeddings all = test.embeddings();
    return new Spheres(test, Pca.fit(all.vectors(), Math.min(COMPONENTS, all.dimension())));
  }

  /**
   * Some of the test samples.
   *
   * @param points indices of the samples to show
   */
  Sphere sphere(int[] points) {
    Embeddings some = test.embeddings().at(points);
    float[][] centers = new Embeddings(test.centers(), new int[test.centers().length]).vectors();
    float[] angles = new float[points.length];
    for (int i = 0; i < angles.length; i++) {
      angles[i] = test.against().ownAngles()[points[i]];
    }
    return new Sphere(
        inBall(some.vectors(), Math.max(Sphere.DRAWN, pca.components().length)),
        test.shown().numbers(some.labels()),
        inBall(centers, Sphere.DRAWN),
        angles,
        pca.share(Sphere.DRAWN));
  }

  /**
   * How features came to lie there, in the space of the sphere, so that the end matches it.
   *
   * @return null if the run's folder has fewer than two epochs of it
   */
  Growth growth(TrainedRun run, TrainingData data) {
    Samples samples = GrowthFiles.drawn(data, run.config().loop().seed());
    Map<Integer, float[][]> kept =
        GrowthFiles.read(run.folder().growth(), samples.size(), test.embeddings().dimension());
    if (kept.size() < 2) {
      return null;
    }
    int[] numbers = test.shown().numbers(samples.labels());
    int[] shown = IntStream.range(0, numbers.length).filter(i -> numbers[i] >= 0).toArray();
    return new Growth(
        GrowthFiles.areValidation(data) ? "validation" : "training",
        kept.keySet().stream().mapToInt(epoch -> epoch).toArray(),
        Arrays.stream(shown).map(i -> numbers[i]).toArray(),
        kept.values().stream()
            .map(
                rows ->
                    inBall(
                        Arrays.stream(shown).mapToObj(i -> rows[i]).toArray(float[][]::new),
                        Sphere.DRAWN))
            .toArray(float[][][]::new));
  }

  /**
   * Coordinates from the middle of the unit sphere, as many as wanted, zeros among them if need be.
   */
  private float[][] inBall(float[][] vectors, int width) {
    float[] middle = pca.project(new float[][] {new float[pca.mean().length]})[0];
    float[][] projected = pca.project(vectors);
    for (float[] row : projected) {
      for (int k = 0; k < row.length; k++) {
        row[k] -= middle[k];
      }
    }
    return Arrays.stream(projected).map(p -> Arrays.copyOf(p, width)).toArray(float[][]::new);
  }
}
