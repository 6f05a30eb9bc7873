package org.marginsoftmax.eval;

/**
 * The logistic curve 1 / (1 + exp(a x + b)) of greatest weighted likelihood for targets between 0
 * and 1, by Newton's method with a line search (Lin, Lin and Weng 2007, "A note on Platt's
 * probabilistic outputs for support vector machines", algorithm 1). The loss is convex, and has its
 * minimum at finite a and b because no target is 0 or 1.
 */
final class LogisticFit {
  private static final int MOST_STEPS = 200;

  /** Halvings of a step before it is taken to be at the minimum. */
  private static final int MOST_HALVINGS = 60;

  /**
   * Gains below this share of the loss are too close to its rounding to search by; steps are whole.
   */
  private static final double ROUNDING = 1e-9;

  private final double[] z;
  private final double[] targets;
  private final double[] weights;

  private LogisticFit(double[] z, double[] targets, double[] weights) {
    this.z = z;
    this.targets = targets;
    this.weights = weights;
  }

  static ProbabilityCurve.Platt of(float[] x, double[] targets, double[] weights) {
    // Cosines of a well-learnt set lie close together: with mean 0 and deviation 1 the two
    // parameters have effects of the same size.
    double all = 0;
    double mean = 0;
    for (int i = 0; i < x.length; i++) {
      all += weights[i];
      mean += weights[i] * x[i];
    }
    mean /= all;
    double square = 0;
    for (int i = 0; i < x.length; i++) {
      square += weights[i] * (x[i] - mean) * (x[i] - mean);
    }
    boolean constant = allEqual(x, weights);
    double deviation = constant ? 1 : Math.sqrt(square / all);
    double[] z = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      z[i] = constant ? 0 : (x[i] - mean) / deviation;
    }
    double target = 0;
    for (int i = 0; i < x.length; i++) {
      target += weights[i] / all * targets[i];
    }
    double[] ab =
        new LogisticFit(z, targets, weights).minimum(Math.log((1 - target) / target), all);
    return new ProbabilityCurve.Platt(ab[0] / deviation, ab[1] - ab[0] * mean / deviation);
  }

  /** Begins with a constant curve. */
  private double[] minimum(double constant, double all) {
    double a = 0;
    double b = constant;
    double loss = loss(a, b);
    for (int step = 0; step < MOST_STEPS; step++) {
      double gradientA = 0;
      double gradientB = 0;
      double aa = 1e-12 * all;
      double ab = 0;
      double bb = 0;
      for (int i = 0; i < z.length; i++) {
        double p = 1 / (1 + Math.exp(a * z[i] + b));
        double slope = weights[i] * (targets[i] - p);
        double curvature = weights[i] * p * (1 - p);
        gradientA += slope * z[i];
        gradientB += slope;
        aa += curvature * z[i] * z[i];
        ab += curvature * z[i];
        bb += curvature;
      }
      double determinant = aa * bb - ab * ab;
      double stepA = -(bb * gradientA - ab * gradientB) / determinant;
      double stepB = -(aa * gradientB - ab * gradientA) / determinant;
      double descent = gradientA * stepA + gradientB * stepB;
      if (!(descent < 0)) {
        break;
      }
      boolean near = -descent < ROUNDING * loss;
      double size = near ? 1 : searched(a, b, stepA, stepB, descent, loss);
      a += size * stepA;
      b += size * stepB;
      loss = loss(a, b);
      if (size == 0 || Math.abs(stepA) + Math.abs(stepB) < 1e-13 * (Math.abs(a) + Math.abs(b))) {
        break;
      }
    }
    return new double[] {a, b};
  }

  /** The largest of 1, 1/2, 1/4... that lowers the loss by enough (Armijo); 0 if none does. */
  private double searched(
      double a, double b, double stepA, double stepB, double descent, double loss) {
    double size = 1;
    for (int k = 0; k < MOST_HALVINGS; k++) {
      if (loss(a + size * stepA, b + size * stepB) < loss + 1e-4 * size * descent) {
        return size;
      }
      size /= 2;
    }
    return 0;
  }

  /** Cross-entropy, by log(1 + e^f) that neither overflows nor cancels. */
  private double loss(double a, double b) {
    double sum = 0;
    for (int i = 0; i < z.length; i++) {
      double f = a * z[i] + b;
      double softplus = Math.max(f, 0) + Math.log1p(Math.exp(-Math.abs(f)));
      sum += weights[i] * (softplus - (1 - targets[i]) * f);
    }
    return sum;
  }

  private static boolean allEqual(float[] x, double[] weights) {
    int first = 0;
    while (weights[first] == 0) {
      first++;
    }
    for (int i = first; i < x.length; i++) {
      if (weights[i] > 0 && x[i] != x[first]) {
        return false;
      }
    }
    return true;
  }
}
