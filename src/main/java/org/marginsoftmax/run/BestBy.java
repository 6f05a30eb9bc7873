package org.marginsoftmax.run;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.train.ValidationFigure;

/** The figures by which a run may choose its best checkpoint. */
final class BestBy {
  /** Metrics of embeddings, as {@code evaluate} computes them, that need no class centers. */
  private static final List<Figure> OF_EMBEDDINGS =
      List.of(
          Figure.SILHOUETTE,
          Figure.TAR_AT_FAR_1E_2,
          Figure.TAR_AT_FAR_1E_3,
          Figure.TAR_AT_FAR_1E_4,
          Figure.EQUAL_ERROR_RATE,
          Figure.RECALL_AT_1,
          Figure.MAP_AT_R);

  private BestBy() {}

  static List<String> names() {
    return Stream.concat(
            Stream.of(ValidationFigure.ACCURACY.name(), ValidationFigure.LOSS.name()),
            OF_EMBEDDINGS.stream().map(Figure::key))
        .toList();
  }

  /**
   * The figure with this name.
   *
   * @param what the option that names it, for the message
   * @param seed of the draw of samples for pairs
   * @throws InvalidInputException if there is none
   */
  static ValidationFigure named(String what, String name, long seed) {
    AllowedValues.of(what, name, names());
    if (name.equals(ValidationFigure.ACCURACY.name())) {
      return ValidationFigure.ACCURACY;
    }
    if (name.equals(ValidationFigure.LOSS.name())) {
      return ValidationFigure.LOSS;
    }
    return new ValidationFigure(
        name,
        OF_EMBEDDINGS.stream()
            .anyMatch(f -> f.key().equals(name) && f.better() == Figure.Better.HIGHER),
        (graph, samples) -> value(name, graph.embed(samples), samples.labels(), seed));
  }

  /**
   * Refuses a figure that samples of these classes cannot have.
   *
   * @param what the option that names it, for the message
   * @throws InvalidInputException with what it needs
   */
  static void requireDefined(String what, ValidationFigure figure, Samples validation, long seed) {
    for (Figure known : OF_EMBEDDINGS) {
      if (known.key().equals(figure.name())
          && Double.isNaN(
              value(known.key(), random(validation.size()), validation.labels(), seed))) {
        throw new InvalidInputException(
            "%s: expected a figure that the %d validation samples have, found %s, which needs %s; hold more out with `validation`, or take another"
                .formatted(
                    what,
                    validation.size(),
                    known.key(),
                    known.needs().replace("test samples", "validation samples")));
      }
    }
  }

  /** NaN if undefined. */
  private static double value(String name, float[][] vectors, int[] labels, long seed) {
    return Arrays.stream(vectors).allMatch(BestBy::isFinite)
        ? Evaluation.ofUnknownClasses(new Embeddings(vectors, labels), Protocol.quick(seed))
            .value(name)
            .orElse(Double.NaN)
        : Double.NaN;
  }

  private static boolean isFinite(float[] vector) {
    for (float value : vector) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** Directions in a plane. */
  private static float[][] random(int n) {
    SplittableRandom random = new SplittableRandom(1);
    float[][] vectors = new float[n][2];
    for (float[] vector : vectors) {
      double angle = 2 * Math.PI * random.nextDouble();
      vector[0] = (float) Math.cos(angle);
      vector[1] = (float) Math.sin(angle);
    }
    return vectors;
  }
}
