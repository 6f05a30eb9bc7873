package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/** What the layer, or another witness, computes for given arrays; everything as plain arrays. */
public record Evaluated(
    double loss,
    double[] lossPerSample,
    double[][] logits,
    double[][] cosines,
    double[][] probabilities,
    double[] angle,
    double[] correct,
    double[][] gradFeatures,
    double[][] gradCenters,
    Map<String, Double> state) {

  /** Runs {@link MarginSoftmax} at full margin. */
  public static Evaluated layer(Head head, float[][] x, float[][] w, int[] y) {
    return layer(head, x, w, y, 1.0, false, null);
  }

  public static Evaluated layer(
      Head head,
      float[][] x,
      float[][] w,
      int[] y,
      double strength,
      boolean oneHot,
      double[] draws) {
    return run(
        tf -> {
          var labels = tf.constant(y);
          int classes = w.length / head.subcenters();
          return MarginSoftmax.apply(
              tf,
              head,
              tf.constant(x),
              oneHot
                  ? tf.oneHot(labels, tf.constant(classes), tf.constant(1f), tf.constant(0f))
                  : labels,
              tf.constant(w),
              head.firstStep(tf, classes)
                  .withStrength(tf.constant(strength))
                  .withDraws(draws == null ? null : tf.constant(draws)));
        });
  }

  /** Runs a head on centers in blocks of so many classes. */
  static Evaluated blocks(
      Head head,
      float[][] x,
      float[][] w,
      int[] y,
      double[] draws,
      int classesPerBlock,
      Precision precision) {
    return run(
        tf -> {
          int rows = classesPerBlock * head.subcenters();
          List<Operand<TFloat32>> blocks = new ArrayList<>();
          for (int from = 0; from < w.length; from += rows) {
            int to = Math.min(w.length, from + rows);
            blocks.add(fed(tf, Arrays.copyOfRange(w, from, to), to - from));
          }
          return MarginSoftmax.apply(
              tf,
              head,
              fed(tf, x, Shape.UNKNOWN_SIZE),
              labels(tf, y),
              Centers.of(blocks, head.subcenters()).in(precision),
              head.firstStep(tf, w.length / head.subcenters())
                  .withDraws(draws == null ? null : tf.constant(draws)));
        });
  }

  /**
   * Runs a head on a sample of the classes, in blocks of so many classes of which some are in it.
   *
   * @param sample ascending, with all labels
   */
  static Evaluated sampled(
      Head head,
      float[][] x,
      float[][] w,
      int[] y,
      double[] draws,
      int classesPerBlock,
      int[] sample) {
    int perClass = head.subcenters();
    int classes = w.length / perClass;
    return run(
        tf -> {
          SampledClasses sampled =
              SampledClasses.of(
                  tf,
                  // Fed, as in training: TensorFlow ends the process (a division by zero) where it
                  // folds a product with ones and knows that a block is empty.
                  tf.placeholderWithDefault(tf.constant(sample), Shape.of(Shape.UNKNOWN_SIZE)),
                  classesPerBlock,
                  classes);
          List<Operand<TFloat32>> blocks = new ArrayList<>();
          for (Operand<TInt32> inBlock : sampled.inBlocks(tf, Tasks.NONE)) {
            int from = blocks.size() * classesPerBlock;
            float[][] rows =
                Arrays.copyOfRange(
                    w, from * perClass, Math.min(classes, from + classesPerBlock) * perClass);
            Operand<TFloat32> perClassRows =
                tf.reshape(tf.constant(rows), tf.array(-1, perClass * x[0].length));
            blocks.add(
                tf.ensureShape(
                    tf.reshape(
                        tf.gather(perClassRows, inBlock, tf.constant(0)),
                        tf.array(-1, x[0].length)),
                    Shape.of(Shape.UNKNOWN_SIZE, x[0].length)));
          }
          return MarginSoftmax.apply(
              tf,
              head,
              tf.constant(x),
              tf.constant(y),
              Centers.sampled(blocks, perClass, sampled),
              head.firstStep(tf, classes).withDraws(draws == null ? null : tf.constant(draws)));
        });
  }

  /** Runs a head with a first step that was made for another number of classes. */
  static Evaluated firstOf(
      Head head, float[][] x, float[][] w, int[] y, double[] draws, int classes) {
    return run(
        tf ->
            MarginSoftmax.apply(
                tf,
                head,
                tf.constant(x),
                tf.constant(y),
                tf.constant(w),
                head.firstStep(tf, classes).withDraws(draws == null ? null : tf.constant(draws))));
  }

  /**
   * Labels of an unknown number, as in training: TensorFlow divides by the size of an empty block.
   */
  private static Operand<TInt32> labels(Ops tf, int[] values) {
    return tf.placeholderWithDefault(tf.constant(values), Shape.of(Shape.UNKNOWN_SIZE));
  }

  /** What is not folded into constants, by other kernels than those that train. */
  private static Operand<TFloat32> fed(Ops tf, float[][] values, long rows) {
    return tf.placeholderWithDefault(tf.constant(values), Shape.of(rows, values[0].length));
  }

  public static Evaluated run(Function<Ops, HeadOutput> build) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      HeadOutput out = build.apply(Ops.create(graph));
      Session.Runner runner =
          session
              .runner()
              .fetch(out.loss())
              .fetch(out.lossPerSample())
              .fetch(out.logits())
              .fetch(out.cosines())
              .fetch(out.probabilities())
              .fetch(out.targetAngle())
              .fetch(out.correct())
              .fetch(out.gradFeatures());
      out.gradBlocks().forEach(runner::fetch);
      out.state().values().forEach(runner::fetch);
      try (Result result = runner.run()) {
        Map<String, Double> state = new LinkedHashMap<>();
        for (String name : out.state().keySet()) {
          int at = 8 + out.gradBlocks().size() + state.size();
          state.put(name, (double) ((TFloat32) result.get(at)).getFloat());
        }
        return new Evaluated(
            ((TFloat32) result.get(0)).getFloat(),
            vector(result.get(1)),
            matrix(result.get(2)),
            matrix(result.get(3)),
            matrix(result.get(4)),
            vector(result.get(5)),
            vector(result.get(6)),
            matrix(result.get(7)),
            blocks(result, out.gradBlocks().size()),
            state);
      }
    }
  }

  private static double[][] blocks(Result result, int count) {
    List<double[]> rows = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      rows.addAll(List.of(matrix(result.get(8 + k))));
    }
    return rows.toArray(double[][]::new);
  }

  public static double[] vector(Tensor tensor) {
    if (tensor instanceof TFloat64 doubles) {
      return StdArrays.array1dCopyOf(doubles);
    }
    float[] values = StdArrays.array1dCopyOf((TFloat32) tensor);
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  public static double[][] matrix(Tensor tensor) {
    if (tensor instanceof TFloat64 doubles) {
      return StdArrays.array2dCopyOf(doubles);
    }
    float[][] values = StdArrays.array2dCopyOf((TFloat32) tensor);
    double[][] wide = new double[values.length][];
    for (int i = 0; i < values.length; i++) {
      wide[i] = new double[values[i].length];
      for (int k = 0; k < values[i].length; k++) {
        wide[i][k] = values[i][k];
      }
    }
    return wide;
  }

  /** The fetched value of a float32 or float64 scalar. */
  public static double scalar(Session session, Operand<?> operand) {
    Output<?> output = operand.asOutput();
    try (Result result = session.runner().fetch(output).run()) {
      Tensor value = result.get(0);
      return value instanceof TFloat64 wide ? wide.getDouble() : ((TFloat32) value).getFloat();
    }
  }
}
