package org.marginsoftmax.margin;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/** The size m of an additive margin for each sample. */
public sealed interface MarginSize
    permits MarginSize.Fixed, MarginSize.PerClass, MarginSize.Elastic {

  /** The size m at full strength, float64 [] or [N]. */
  Operand<TFloat64> of(Ops tf, MarginInput in);

  /** The range of m; rare random draws may lie outside it. */
  MarginRange range();

  /** Whether this size needs {@link MarginInput#draws()}. */
  default boolean draws() {
    return false;
  }

  /** The same margin for every sample. */
  record Fixed(double margin) implements MarginSize {
    @Override
    public Operand<TFloat64> of(Ops tf, MarginInput in) {
      return tf.constant(margin);
    }

    @Override
    public MarginRange range() {
      return new MarginRange(margin, margin);
    }
  }

  /**
   * One margin for each class.
   *
   * @param margins C margins, indexed by label
   */
  record PerClass(List<Double> margins) implements MarginSize {
    /**
     * @throws InvalidInputException if the list is empty
     */
    public PerClass {
      margins = List.copyOf(margins);
      if (margins.isEmpty()) {
        throw new InvalidInputException(
            "class margins: expected one for each class, found none; give an array of C numbers");
      }
    }

    /**
     * The margins of LDAM: m_j proportional to n_j^(-1/4), scaled so that the largest is M (Cao
     * 2019, arXiv:1906.07413, eq. 13).
     *
     * @param counts number of training samples of each class, each at least 1
     * @param largest M, the margin of the rarest class
     */
    public static PerClass ldam(int[] counts, double largest) {
      int fewest = Integer.MAX_VALUE;
      for (int j = 0; j < counts.length; j++) {
        if (counts[j] < 1) {
          throw new InvalidInputException(
              "ldam: expected samples of every class, found none of class "
                  + j
                  + "; its margins follow from their number");
        }
        fewest = Math.min(fewest, counts[j]);
      }
      Double[] margins = new Double[counts.length];
      for (int j = 0; j < counts.length; j++) {
        margins[j] = largest * Math.pow((double) fewest / counts[j], 0.25);
      }
      return new PerClass(List.of(margins));
    }

    @Override
    public Operand<TFloat64> of(Ops tf, MarginInput in) {
      double[] values = margins.stream().mapToDouble(Double::doubleValue).toArray();
      return tf.gather(tf.constant(values), in.labels(), tf.constant(0));
    }

    @Override
    public MarginRange range() {
      return new MarginRange(
          margins.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
          margins.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
    }
  }

  /**
   * A margin drawn anew for each sample and step from a normal distribution: ElasticFace (Boutros
   * 2022, arXiv:2109.09416, section 3).
   *
   * @param mean mean of the distribution
   * @param deviation sigma, 0..1; 0.05 in the paper's experiments, 0.0125 in the authors' code
   * @param plus whether samples with smaller cosines get the larger draws of their batch, as in
   *     ElasticFace+; the draws are only reordered within the batch
   */
  record Elastic(double mean, double deviation, boolean plus) implements MarginSize {
    /**
     * @throws InvalidInputException if the deviation is out of range
     */
    public Elastic {
      TargetLogits.require(
          deviation >= 0 && deviation <= 1, "a deviation in 0..1 for drawn margins", deviation);
    }

    @Override
    public Operand<TFloat64> of(Ops tf, MarginInput in) {
      if (in.draws() == null) {
        throw new InvalidInputException(
            "elastic margin: expected standard normal draws, one a sample, found none; give them with the step");
      }
      Operand<TFloat64> draws = plus ? largerToSmallerCosines(tf, in) : in.draws();
      return tf.math.add(tf.constant(mean), tf.math.mul(tf.constant(deviation), draws));
    }

    /** The sample of the k-th smallest cosine gets the k-th largest draw. */
    private static Operand<TFloat64> largerToSmallerCosines(Ops tf, MarginInput in) {
      Operand<TInt32> n = tf.size(in.draws());
      Operand<TFloat64> descending = tf.nn.topK(in.draws(), n, TInt32.class).values();
      Operand<TInt32> hardest = tf.nn.topK(tf.math.neg(in.cosine()), n, TInt32.class).indices();
      return tf.scatterNd(tf.expandDims(hardest, tf.constant(1)), descending, tf.shape(in.draws()));
    }

    @Override
    public MarginRange range() {
      return new MarginRange(mean, mean);
    }

    @Override
    public boolean draws() {
      return true;
    }
  }
}
