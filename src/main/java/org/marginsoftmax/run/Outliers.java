package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.DominantCenters;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.train.ScoringGraph;

/** Training samples far from their class: wrong labels, most often. */
public final class Outliers {
  private Outliers() {}

  /**
   * One of them.
   *
   * @param sample index among the training samples of the run
   * @param name its file, or its number in the file of training images
   * @param label its class
   * @param className name of that class
   * @param angle to the dominant center of the class, degrees
   */
  public record Found(
      int sample,
      String name,
      int label,
      @JsonProperty("className") String className,
      double angle) {}

  /**
   * What was found.
   *
   * @param angle degrees beyond which a sample is one
   * @param samples number of training samples looked at
   * @param dominant row of the dominant center of each class among all centers
   * @param outliers farthest first
   */
  public record Result(double angle, int samples, int[] dominant, List<Found> outliers) {}

  /** Lists those of the run in a folder; see {@link #run(TrainedRun, double)}. */
  public static Result run(Path path, double angle) {
    try (TrainedRun run = TrainedRun.open(path)) {
      return run(run, angle);
    }
  }

  /**
   * Lists the training samples of a run beyond an angle of the dominant center of their class.
   *
   * @param angle degrees, 0..180
   * @throws InvalidInputException if the angle is out of range, or the run's data are not there
   */
  public static Result run(TrainedRun run, double angle) {
    if (!(angle >= 0 && angle <= 180)) {
      throw new InvalidInputException(
          "angle: expected degrees in 0..180, found " + angle + "; 75 is usual");
    }
    Samples train = run.data().train();
    try (ScoringGraph graph = run.restore(run.config().loop().session())) {
      Embeddings embeddings =
          new Embeddings(TestEvaluation.embed(graph, "training", train), train.labels());
      float[][] all = graph.centers();
      DominantCenters dominant = DominantCenters.of(embeddings, all, all.length / train.classes());
      List<Found> found = new ArrayList<>();
      for (DominantCenters.Outlier outlier : dominant.outliers(embeddings, angle)) {
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
