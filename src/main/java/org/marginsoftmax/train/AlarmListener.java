package org.marginsoftmax.train;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.DoubleBinaryOperator;
import org.marginsoftmax.layer.MarginSoftmax;

/**
 * Watches training for the common failures of margin losses and reports each kind once, with what
 * was observed and the usual remedy. It does not report NaN, which stops training with a {@link
 * DivergedException}.
 */
public final class AlarmListener implements TrainingListener {
  /** The kinds of failure. */
  public enum Kind {
    /**
     * Features far from their own centers or all in one direction, or chance accuracy at a low
     * loss.
     */
    COLLAPSE,
    /** Features so small or so large that they count as zero. */
    ZERO_FEATURES,
    /** Nothing is learnt after many steps. */
    DEAD_START,
    /** Norms of features or centers grow without bound. */
    EXPLODING_NORMS,
    /** The loss is far above that of the first step and that of an untrained network. */
    EXPLODING_LOSS
  }

  private static final double COLLAPSED_DEGREES = 120;
  private static final double SMOOTHING = 0.05;
  private static final int SETTLED = 50;
  private static final int EARLY = 10;

  /**
   * Unit features with a smaller mean squared distance from their mean count as one direction:
   * about half a degree.
   */
  private static final double ONE_DIRECTION = 1e-4;

  private static final double LARGE_LOSS = 5;
  private static final double LARGE_NORM = 1e4;
  private static final double GROWTH = 100;
  private static final double LOW = 0.25;

  private final int classes;
  private final long patience;
  private final DoubleBinaryOperator expectedLoss;
  private final Consumer<String> out;
  private final Set<Kind> raised = EnumSet.noneOf(Kind.class);
  private long heard;
  private double loss;
  private double accuracy;
  private double angle;
  private long alike;
  private long zero;
  private double firstLoss;
  private double firstFeatureNorm;
  private double firstCenterNorm;

  /**
   * Starts watching.
   *
   * @param classes C, number of classes
   * @param patience number of steps without learning after which {@link Kind#DEAD_START} is
   *     reported
   * @param expectedLoss loss of an untrained network as a function of margin strength and scale
   *     share; see {@link ExpectedLoss}. It may take as long as some steps, and is asked for when
   *     an alarm depends on it, at most at every tenth step
   * @param out receives each alarm as one line
   */
  public AlarmListener(
      int classes, long patience, DoubleBinaryOperator expectedLoss, Consumer<String> out) {
    this.classes = classes;
    this.patience = patience;
    this.expectedLoss = expectedLoss;
    this.out = out;
  }

  @Override
  public void step(Step step) {
    StepResult seen = step.seen();
    if (heard == 0) {
      loss = seen.loss();
      accuracy = seen.accuracy();
      angle = seen.targetAngle();
      firstLoss = seen.loss();
      firstFeatureNorm = seen.featureNorm();
      firstCenterNorm = seen.centerNorm();
    }
    heard++;
    loss += SMOOTHING * (seen.loss() - loss);
    accuracy += SMOOTHING * (seen.accuracy() - accuracy);
    angle += SMOOTHING * (seen.targetAngle() - angle);
    alike = seen.spread() < ONE_DIRECTION && seen.accuracy() < 1 ? alike + 1 : 0;
    zero = MarginSoftmax.hasDirection(seen.featureNorm()) ? 0 : zero + 1;
    if (zero >= EARLY) {
      raise(
          step,
          Kind.ZERO_FEATURES,
          "for %d steps the features have had a mean norm of %.3g; outside 1e-18..1e18 they count as zero, and nothing is learnt; look at the scale of the samples and at the last layer of the backbone, or lower `lr` tenfold",
          zero,
          seen.featureNorm());
    } else {
      collapse(step);
    }
    loss(step);
    deadStart(step);
    norms(step);
  }

  private void collapse(Step step) {
    if (alike >= EARLY) {
      raise(
          step,
          Kind.COLLAPSE,
          "for %d steps the features of all samples have pointed one way: the network answers the same to everything; lower `lr` tenfold, clip with `clip-norm` 5, look at the scale of the images",
          alike);
    } else if (heard >= 2 * EARLY && angle > COLLAPSED_DEGREES) {
      raise(
          step,
          Kind.COLLAPSE,
          "features are on average %.0f degrees from the centre of their class, beyond %.0f: they flee it; warm the margin up (`margin-warmup` 0.2), take `guard` reflect, or a smaller margin",
          angle,
          COLLAPSED_DEGREES);
    } else if (heard >= SETTLED
        && atChance()
        && loss < LOW * Math.log(classes)
        && heard % EARLY == 0
        && loss < LOW * expectedLoss.applyAsDouble(step.marginStrength(), step.scaleShare())) {
      raise(
          step,
          Kind.COLLAPSE,
          "loss %.4f with an accuracy of %.3f without margin, that of chance: the loss is low for a reason that is not learning; take `guard` reflect, warm the margin up, check the labels",
          loss,
          accuracy);
    }
  }

  private void loss(Step step) {
    double seen = Math.max(firstLoss, Math.log(classes));
    if (heard % EARLY != 0 || loss <= LARGE_LOSS * seen) {
      return;
    }
    double expected = expectedLoss.applyAsDouble(step.marginStrength(), step.scaleShare());
    double usual = Math.max(seen, expected);
    if (loss > LARGE_LOSS * usual) {
      raise(
          step,
          Kind.EXPLODING_LOSS,
          "loss %.4g, and %.4g is that of a network that has learnt nothing; lower `lr` tenfold, clip with `clip-norm` 5",
          loss,
          usual);
    }
  }

  private void deadStart(Step step) {
    if (heard < patience
        || (heard - patience) % EARLY != 0
        || !atChance()
        || raised.contains(Kind.DEAD_START)) {
      return;
    }
    double expected = expectedLoss.applyAsDouble(step.marginStrength(), step.scaleShare());
    if (loss >= expected) {
      raise(
          step,
          Kind.DEAD_START,
          "loss %.3f after %d steps, no better than the %.3f of a network that has learnt nothing, accuracy %.3f; check labels and images, raise or lower `lr` tenfold, begin with less margin (`margin-warmup` 0.5) or a smaller `scale`",
          loss,
          heard,
          expected,
          accuracy);
    }
  }

  private void norms(Step step) {
    StepResult seen = step.seen();
    boolean features = exploded(seen.featureNorm(), firstFeatureNorm);
    if (features || exploded(seen.centerNorm(), firstCenterNorm)) {
      raise(
          step,
          Kind.EXPLODING_NORMS,
          "the norm of the %s has grown from %.3g to %.3g; lower `lr`, clip with `clip-norm` 5, or add `weight-decay` 5e-4",
          features ? "features" : "class centres",
          features ? firstFeatureNorm : firstCenterNorm,
          features ? seen.featureNorm() : seen.centerNorm());
    }
  }

  private static boolean exploded(double norm, double first) {
    return norm > LARGE_NORM && norm > GROWTH * first;
  }

  /** Allows for the noise of a small batch, but an accuracy of 0.5 or more is never chance. */
  private boolean atChance() {
    return accuracy < Math.min(0.5, 1.5 / classes + 0.005);
  }

  private void raise(Step step, Kind kind, String message, Object... values) {
    if (raised.add(kind)) {
      String name = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      out.accept(
          "alarm, "
              + name
              + " at step "
              + step.step()
              + ": "
              + String.format(Locale.ROOT, message, values));
    }
  }

  @Override
  public void epoch(Epoch epoch) {
    // Steps say all it needs.
  }

  @Override
  public void close() {
    // Holds nothing.
  }
}
