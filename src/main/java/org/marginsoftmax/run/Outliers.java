package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.DominantCenters;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.train.ScoringGraph;

/**
 * Finds training samples far from the center of their class, most often because their label is
 * wrong.
 */
public final class Outliers {
  private Outliers() {}

  /**
   * An outlier.
   *
   * @param sample index among the training samples of the run
   * @param name its file, or its number in the data
   * @param label number of its class, from 0
   * @param className name of that class
   * @param angle to the dominant center of the class, degrees
   */
  public record Found(int sample, String name, int label, String className, double angle) {}

  /**
   * The outliers of a run.
   *
   * @param angle in degrees; samples farther than this from their dominant center are outliers
   * @param samples number of training samples examined
   * @param dominant for each class, the row of its dominant center among all centers
   * @param outliers farthest first
   */
  public record Result(double angle, int samples, int[] dominant, List<Found> outliers) {}

  /** Lists the outliers of the run in a folder; see {@link #run(TrainedRun, double)}. */
  public static Result run(Path path, double angle) {
    try (TrainedRun run = TrainedRun.open(path)) {
      return run(run, angle);
    }
  }

  /**
   * Lists the training samples of a run that are farther than an angle from the dominant center of
   * their class.
   *
   * @param angle degrees, 0..180
   * @throws InvalidInputException if the angle is out of range, or the run's data is gone or has
   *     changed
   */
  public static Result run(TrainedRun run, double angle) {
    if (!(angle >= 0 && angle <= 180)) {
      throw new InvalidInputException(
          "angle: expected degrees in 0..180, found " + angle + "; 75 is usual");
    }
    Samples train = run.data().train();
    try (ScoringGraph graph = run.restore(run.config().loop().session())) {
      Embeddings embeddings =
          new Embeddings(
              TestEvaluation.embed(graph, "training", train, run.progress()), train.labels());
      TrainedCenters centers = new TrainedCenters(graph);
      DominantCenters dominant = DominantCenters.of(embeddings, centers);
      List<Found> found = new ArrayList<>();
      for (DominantCenters.Outlier outlier : dominant.outliers(embeddings, centers, angle)) {
        found.add(
            new Found(
                outlier.sample(),
                train.name(outlier.sample()),
                outlier.label(),
                train.classNames().get(outlier.label()),
                outlier.angle()));
      }
      return new Result(angle, train.size(), dominant.rows(), found);
    }
  }
}
