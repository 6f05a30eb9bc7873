package org.marginsoftmax.layer;

import java.util.List;
import org.marginsoftmax.margin.TargetLogit;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * The margin softmax layer: (features, correct labels) to logits, loss and gradients.
 *
 * <pre>
 * features  float32 [N, D]   from a backbone; N may be unknown, D not
 * labels    int [N], 0..C-1, or one-hot [N, C] of any number type
 * centers   float32 [C, D]   one row a class, C at least 2
 * strength  float64 []       0..1, how much of the margin acts (margin warm-up); 1 for all of it
 * </pre>
 *
 * <p>The backward pass is written out in closed form: {@link Output#gradFeatures()} continues into
 * a backbone through {@code Graph.addGradients(prefix, y, x, dy)}, {@link Output#gradCenters()}
 * goes to an optimizer. Automatic differentiation through acos or sqrt(1 - cos^2) loses the
 * gradient of learnt samples in float32; here the column of the label is computed in float64 and
 * nothing of size N by C but the logits and their exponentials is made.
 *
 * <p>A feature or centre whose norm lies outside 1e-18..1e18 counts as the zero vector: at 90
 * degrees to everything, with no gradient through its direction. NaN and infinities in features or
 * centres reach the loss as NaN.
 */
public final class MarginSoftmax {
  private MarginSoftmax() {}

  /**
   * What the layer computes. In a graph only what is fetched, or needed for what is fetched, runs.
   *
   * @param loss mean softmax cross-entropy over the batch, float32 []
   * @param lossPerSample float32 [N]
   * @param logits margin logits, float32 [N, C]
   * @param cosines plain cosines without margin or scale, float32 [N, C]
   * @param probabilities softmax of the logits, float32 [N, C]
   * @param targetAngle angle between each feature and the centre of its label, radians, float64 [N]
   * @param correct 1 where the label's class wins without a margin, else 0, float32 [N]; a tie is
   *     lost
   * @param gradFeatures d loss / d features, float32 [N, D]
   * @param gradCenters d loss / d centers, float32 [C, D]
   */
  public record Output(
      Operand<TFloat32> loss,
      Operand<TFloat32> lossPerSample,
      Operand<TFloat32> logits,
      Operand<TFloat32> cosines,
      Operand<TFloat32> probabilities,
      Operand<TFloat64> targetAngle,
      Operand<TFloat32> correct,
      Operand<TFloat32> gradFeatures,
      Operand<TFloat32> gradCenters) {}

  /**
   * Builds the layer into the graph of {@code tf}.
   *
   * @throws IllegalArgumentException if the shapes known so far do not fit together
   */
  public static Output apply(
      Ops tf,
      Head head,
      Operand<TFloat32> features,
      Operand<? extends TNumber> labels,
      Operand<TFloat32> centers,
      Operand<TFloat64> strength) {
    checkShapes(features.shape(), labels.shape(), centers.shape());
    Operand<TInt32> classes = classIds(tf, labels);
    LabelColumn column = LabelColumn.of(tf, features, classes, centers);
    LabelIndex index = LabelIndex.of(tf, classes);
    return head instanceof Head.Angular angular
        ? angular(tf, angular, features, centers, column, index, strength)
        : innerProduct(tf, features, centers, column, index);
  }

  /**
   * Plain cosines between features and centres, for scoring without labels.
   *
   * @param features float32 [N, D]
   * @param centers float32 [C, D]
   * @return float32 [N, C]
   */
  public static Operand<TFloat32> cosines(
      Ops tf, Operand<TFloat32> features, Operand<TFloat32> centers) {
    return tf.math.mul(
        products(tf, normalize(tf, features), centers), Norms.inverseOfRows(tf, centers));
  }

  /** Rows scaled to norm 1; a row that counts as zero becomes zero. float32 [N, D]. */
  public static Operand<TFloat32> normalize(Ops tf, Operand<TFloat32> features) {
    Operand<TFloat32> inverse = Norms.inverseOfRows(tf, features);
    return tf.math.mul(features, tf.expandDims(inverse, tf.constant(1)));
  }

  private static Output angular(
      Ops tf,
      Head.Angular head,
      Operand<TFloat32> features,
      Operand<TFloat32> centers,
      LabelColumn column,
      LabelIndex index,
      Operand<TFloat64> strength) {
    boolean keep = head.featureNorm() == FeatureNorm.KEEP;
    Operand<TFloat64> s = tf.constant(head.scale());
    // Every logit is a_i times a cosine, or times the target of the label.
    Operand<TFloat64> a =
        keep
            ? tf.math.mul(s, column.featureNorm())
            : tf.math.mul(s, tf.onesLike(column.featureNorm()));
    Operand<TFloat32> inverseCenters = Norms.inverseOfRows(tf, centers);
    Operand<TFloat32> scaled =
        tf.dtypes.cast(tf.math.mul(column.features(), LabelColumn.column(tf, a)), TFloat32.class);
    Operand<TFloat32> plain = tf.math.mul(products(tf, scaled, centers), inverseCenters);

    TargetLogit target = head.margin().target(tf, column.angle(), strength);
    Operand<TFloat64> labelLogit = tf.math.mul(a, target.value());
    Rivals rivals = Rivals.of(tf, plain, index, labelLogit);

    // Over the other classes: g_ij = d loss / d z_ij = weight_i e_ij.
    Operand<TFloat64> weight = rivals.gradPerExponential(tf);
    Operand<TFloat32> perNorm = tf.math.mul(rivals.exponentials(), inverseCenters);
    Operand<TFloat64> pull =
        tf.math.mul(
            tf.dtypes.cast(tf.linalg.matMul(perNorm, centers), TFloat64.class),
            LabelColumn.column(tf, weight));
    Operand<TFloat64> radial = LabelColumn.rowDot(tf, pull, column.features());
    Operand<TFloat64> othersTangent =
        tf.math.mul(
            tf.math.sub(pull, tf.math.mul(LabelColumn.column(tf, radial), column.features())),
            LabelColumn.column(tf, a));

    // The label's column, by its angle.
    Operand<TFloat64> slope =
        switch (head.gradient()) {
          case EXACT -> target.slope();
          case DETACHED -> tf.math.neg(tf.math.sin(column.angle()));
        };
    Operand<TFloat64> gradAngle = tf.math.mul(tf.math.mul(rivals.gradLabelLogit(tf), a), slope);
    Operand<TFloat64> gradFeatures =
        tf.math.mul(
            tf.math.add(othersTangent, column.gradUnitFeatures(tf, gradAngle)),
            LabelColumn.column(tf, column.inverseFeatureNorm()));
    if (keep) {
      // d z_ij / d norm(x) = s u_ij, along the feature itself.
      Operand<TFloat64> gradNorm =
          tf.math.mul(
              s, tf.math.add(radial, tf.math.mul(rivals.gradLabelLogit(tf), target.value())));
      gradFeatures =
          tf.math.add(
              gradFeatures, tf.math.mul(LabelColumn.column(tf, gradNorm), column.features()));
    }

    // dW_j = sum_i g_ij a_i x^_i / norm(w_j), less its part along w_j.
    Operand<TFloat32> weight32 = tf.dtypes.cast(weight, TFloat32.class);
    Operand<TFloat32> along =
        tf.math.mul(
            tf.math.square(inverseCenters),
            rowTimesMatrix(tf, weight32, tf.math.mul(rivals.exponentials(), rivals.logits())));
    Operand<TFloat32> towards =
        transposedProduct(
            tf, perNorm, tf.math.mul(scaled, tf.expandDims(weight32, tf.constant(1))));
    Operand<TFloat32> gradOthers =
        tf.math.sub(towards, tf.math.mul(centers, tf.expandDims(along, tf.constant(1))));
    Operand<TFloat64> gradLabelCenters =
        tf.math.mul(
            column.gradUnitCenters(tf, gradAngle),
            LabelColumn.column(tf, column.inverseCenterNorm()));
    return output(
        tf,
        rivals,
        column,
        index,
        tf.math.mul(a, column.cosine()),
        labelLogit,
        cosines(tf, features, centers),
        gradFeatures,
        addToLabels(tf, gradOthers, index, gradLabelCenters));
  }

  private static Output innerProduct(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TFloat32> centers,
      LabelColumn column,
      LabelIndex index) {
    Operand<TFloat64> labelLogit = column.innerProduct();
    Rivals rivals = Rivals.of(tf, products(tf, features, centers), index, labelLogit);
    Operand<TFloat64> weight = LabelColumn.column(tf, rivals.gradPerExponential(tf));
    Operand<TFloat64> gradLabel = LabelColumn.column(tf, rivals.gradLabelLogit(tf));
    Operand<TFloat64> x = tf.dtypes.cast(features, TFloat64.class);
    Operand<TFloat64> gradFeatures =
        tf.math.add(
            tf.math.mul(
                tf.dtypes.cast(tf.linalg.matMul(rivals.exponentials(), centers), TFloat64.class),
                weight),
            tf.math.mul(column.rawCenters(), gradLabel));
    Operand<TFloat32> gradOthers =
        transposedProduct(
            tf, rivals.exponentials(), tf.dtypes.cast(tf.math.mul(x, weight), TFloat32.class));
    return output(
        tf,
        rivals,
        column,
        index,
        labelLogit,
        labelLogit,
        cosines(tf, features, centers),
        gradFeatures,
        addToLabels(tf, gradOthers, index, tf.math.mul(x, gradLabel)));
  }

  private static Output output(
      Ops tf,
      Rivals rivals,
      LabelColumn column,
      LabelIndex index,
      Operand<TFloat64> plainLabelLogit,
      Operand<TFloat64> labelLogit,
      Operand<TFloat32> cosines,
      Operand<TFloat64> gradFeatures,
      Operand<TFloat32> gradCenters) {
    Operand<TFloat64> largest = tf.dtypes.cast(rivals.largest(), TFloat64.class);
    return new Output(
        rivals.meanLoss(tf),
        tf.dtypes.cast(rivals.loss(), TFloat32.class),
        index.replace(tf, rivals.logits(), tf.dtypes.cast(labelLogit, TFloat32.class)),
        cosines,
        rivals.probabilities(tf, index),
        column.angle(),
        tf.dtypes.cast(tf.math.greater(plainLabelLogit, largest), TFloat32.class),
        tf.dtypes.cast(gradFeatures, TFloat32.class),
        gradCenters);
  }

  private static Operand<TFloat32> addToLabels(
      Ops tf, Operand<TFloat32> gradCenters, LabelIndex index, Operand<TFloat64> rows) {
    return tf.tensorScatterNdAdd(
        gradCenters,
        tf.expandDims(index.labels(), tf.constant(1)),
        tf.dtypes.cast(rows, TFloat32.class));
  }

  /** a b^T. */
  private static Operand<TFloat32> products(Ops tf, Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.linalg.matMul(a, b, MatMul.transposeB(true));
  }

  /** a^T b. */
  private static Operand<TFloat32> transposedProduct(
      Ops tf, Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.linalg.matMul(a, b, MatMul.transposeA(true));
  }

  private static Operand<TFloat32> rowTimesMatrix(
      Ops tf, Operand<TFloat32> row, Operand<TFloat32> matrix) {
    return tf.squeeze(
        tf.linalg.matMul(tf.expandDims(row, tf.constant(0)), matrix), Squeeze.axis(List.of(0L)));
  }

  private static Operand<TInt32> classIds(Ops tf, Operand<? extends TNumber> labels) {
    return labels.shape().numDimensions() == 2
        ? tf.math.argMax(labels, tf.constant(1), TInt32.class)
        : tf.dtypes.cast(labels, TInt32.class);
  }

  private static void checkShapes(Shape features, Shape labels, Shape centers) {
    require(
        features.numDimensions() == 2 && features.get(1) > 0,
        "features: expected [N, D] with a known D",
        features);
    require(
        centers.numDimensions() == 2 && centers.get(0) >= 2 && centers.get(1) == features.get(1),
        "centers: expected [C, " + features.get(1) + "] with C at least 2",
        centers);
    boolean ids = labels.numDimensions() == 1;
    boolean oneHot =
        labels.numDimensions() == 2
            && (labels.get(1) == centers.get(0) || labels.get(1) == Shape.UNKNOWN_SIZE);
    require(
        ids || oneHot, "labels: expected int [N] or one-hot [N, " + centers.get(0) + "]", labels);
    require(
        labels.get(0) == features.get(0)
            || labels.get(0) == Shape.UNKNOWN_SIZE
            || features.get(0) == Shape.UNKNOWN_SIZE,
        "labels: expected one for each of the " + features.get(0) + " features",
        labels);
  }

  private static void require(boolean holds, String expected, Shape found) {
    if (!holds) {
      throw new IllegalArgumentException(expected + ", found " + found);
    }
  }
}
