package org.marginsoftmax.train;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Scale;

/**
 * What is known about a training run before its first step, with warnings.
 *
 * @param samples number of training samples
 * @param classes C, number of classes
 * @param dimension D, size of the features
 * @param smallestClass number of samples of the smallest class
 * @param medianClass number of samples of the class of median size
 * @param largestClass number of samples of the largest class
 * @param singletons number of classes with one sample
 * @param lossAtStart expected loss of an untrained network with the schedules at their start; see
 *     {@link ExpectedLoss}
 * @param lossAtFullMargin expected loss of an untrained network at full margin and scale
 * @param lossesAssume what the expected losses assume about the features, in words, such as 'every
 *     angle at 90 degrees'
 * @param adaCosScale AdaCos' fixed scale for this number of classes, sqrt(2) ln(C - 1); 0 for two
 * @param largestSeparation upper bound, in degrees, on the angle between the two closest of C
 *     centers in D dimensions; see {@link Separation}
 * @param warnings warnings in words, each with a remedy
 */
public record TrainingCheck(
    int samples,
    int classes,
    int dimension,
    int smallestClass,
    int medianClass,
    int largestClass,
    int singletons,
    double lossAtStart,
    double lossAtFullMargin,
    String lossesAssume,
    double adaCosScale,
    double largestSeparation,
    List<String> warnings) {
  private static final double MUCH_SCALE = 128;
  private static final int IMBALANCE = 100;

  /**
   * Checks a training run before it starts.
   *
   * @param counts number of training samples of each class
   * @param dimension D, size of the features
   * @param plan the plan, with the batch size and the schedules
   * @param classesPerStep number of classes that a step has, which expected losses are over
   * @param everySample whether an epoch visits every sample, so that large classes weigh more
   */
  public static TrainingCheck of(
      Head head,
      int[] counts,
      int dimension,
      TrainingPlan plan,
      int classesPerStep,
      boolean everySample) {
    int classes = counts.length;
    int[] sorted = counts.clone();
    Arrays.sort(sorted);
    int singletons = (int) Arrays.stream(counts).filter(n -> n == 1).count();
    double strength = plan.margin().at(0, plan.steps(), plan.stepsPerEpoch());
    double share = plan.scale().at(0, plan.steps(), plan.stepsPerEpoch());
    double adaCos = classes < 3 ? 0 : Scale.start(classes);
    double separation = Separation.largestSmallestAngle(classes, dimension);
    List<String> warnings = new ArrayList<>();
    samples(warnings, sorted, singletons, everySample);
    scale(warnings, head, classes, adaCos);
    margin(warnings, head, separation, classes, dimension);
    return new TrainingCheck(
        Arrays.stream(counts).sum(),
        classes,
        dimension,
        sorted[0],
        sorted[(classes - 1) / 2],
        sorted[classes - 1],
        singletons,
        ExpectedLoss.of(head, classesPerStep, dimension, strength, share),
        ExpectedLoss.of(head, classesPerStep, dimension, 1, 1),
        ExpectedLoss.assumption(head, dimension),
        adaCos,
        Math.toDegrees(separation),
        List.copyOf(warnings));
  }

  /** The same findings with one more warning. */
  public TrainingCheck withWarning(String warning) {
    List<String> more = new ArrayList<>(warnings);
    more.add(warning);
    return new TrainingCheck(
        samples,
        classes,
        dimension,
        smallestClass,
        medianClass,
        largestClass,
        singletons,
        lossAtStart,
        lossAtFullMargin,
        lossesAssume,
        adaCosScale,
        largestSeparation,
        List.copyOf(more));
  }

  private static void samples(
      List<String> warnings, int[] sorted, int singletons, boolean everySample) {
    int classes = sorted.length;
    if (sorted[0] == 0) {
      long empty = Arrays.stream(sorted).filter(n -> n == 0).count();
      warnings.add(
          "labels: %d of %d classes have no sample; labels should run from 0 to C - 1 without gaps: renumber them"
              .formatted(empty, classes));
    }
    if (singletons > 0) {
      warnings.add(
          "samples: %d of %d classes have a single sample, and nothing that it could be drawn together with; add samples, or leave such classes out with `classes`"
              .formatted(singletons, classes));
    }
    int smallest = Math.max(1, sorted[0]);
    if (everySample && sorted[classes - 1] / smallest >= IMBALANCE) {
      warnings.add(
          "samples: the largest class has %d, the smallest %d; `sampler` balanced, fewer of the large ones (`per-class-limit`) or margins by frequency (`head` ldam) help"
              .formatted(sorted[classes - 1], sorted[0]));
    }
  }

  private static void scale(List<String> warnings, Head head, int classes, double adaCos) {
    if (head.softmaxScale().isEmpty()) {
      return;
    }
    double s = head.softmaxScale().getAsDouble();
    if (s < 0.99 * adaCos) {
      // Of C classes the label's at 0 and all others at 90 degrees.
      double best = 1 / (1 + (classes - 1) * Math.exp(-s));
      warnings.add(
          String.format(
              Locale.ROOT,
              "scale: s %s is below %s, AdaCos' for %d classes: even a perfectly learnt sample would have a probability of %.3f; take `scale` auto or more",
              number(s),
              number(adaCos),
              classes,
              best));
    }
    if (s > MUCH_SCALE) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "scale: s %s is large, 30 to 64 are usual: losses grow to hundreds and gradients come from the hardest negative alone",
              number(s)));
    }
  }

  private static void margin(
      List<String> warnings, Head head, double separation, int classes, int dimension) {
    double wanted = head.separation();
    if (wanted > separation) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "margin: one that asks for centres %.1f degrees apart cannot be kept: %d centres in %d dimensions are at most %.1f degrees apart; take a smaller margin or a larger `embedding`",
              Math.toDegrees(wanted),
              classes,
              dimension,
              Math.toDegrees(separation)));
    }
  }

  /** Four significant digits, without trailing zeros. */
  private static String number(double value) {
    return new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }
}
