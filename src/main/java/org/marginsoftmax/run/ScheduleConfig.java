package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.margin.Schedule;

/**
 * How margin and scale rise to their full values during training.
 *
 * @param margin constant, linear, cosine, step or annealing; null for annealing with sphereface and
 *     l-softmax, linear with other heads
 * @param marginWarmup share of the run over which the margin rises from no effect to full, 0..1
 * @param scale constant, linear, cosine or step
 * @param scaleWarmup share of the run over which the scale rises, 0..1
 * @param scaleStart share of the scale to start with, between 0 and 1, both excluded
 * @param stairs number of stairs in the step schedules
 * @param by step or epoch: whether values change at every step, or only between epochs
 */
public record ScheduleConfig(
    String margin,
    double marginWarmup,
    String scale,
    double scaleWarmup,
    double scaleStart,
    int stairs,
    String by) {
  private static final List<String> SHAPES = List.of("constant", "linear", "cosine", "step");
  private static final List<String> MARGIN_SHAPES =
      List.of("constant", "linear", "cosine", "step", "annealing");

  /**
   * Checks the options of every schedule, whichever is chosen.
   *
   * @throws InvalidInputException if a name is unknown or a value is out of range
   */
  public ScheduleConfig {
    if (margin != null) {
      AllowedValues.of("margin schedule", margin, MARGIN_SHAPES);
    }
    AllowedValues.of("scale schedule", scale, SHAPES);
    AllowedValues.of("schedule by", by, List.of("step", "epoch"));
    AllowedValues.require(
        scaleStart > 0 && scaleStart < 1,
        "scale start",
        "a share of s above 0, below 1",
        scaleStart,
        "say 0.1");
    requireShare("margin warmup", marginWarmup);
    requireShare("scale warmup", scaleWarmup);
    AllowedValues.require(
        stairs >= 1 && stairs <= 1000, "schedule stairs", "1..1000", stairs, "say 4");
  }

  private static void requireShare(String what, double share) {
    AllowedValues.require(
        share >= 0 && share <= 1, what, "a share of the run in 0..1", share, "say 0.1");
  }

  /** The default: the margin rises over the first tenth of the run, the scale is constant. */
  public static ScheduleConfig usual() {
    return new ScheduleConfig(null, 0.1, "constant", 0.1, 0.1, 4, "step");
  }

  /**
   * The schedule of the head's margin.
   *
   * @throws InvalidInputException if the schedule does not go with the head
   */
  Schedule marginOf(Head head) {
    if (!head.warms()) {
      return new Schedule.Constant();
    }
    String shape = margin == null ? head.annealed() ? "annealing" : "linear" : margin;
    if (shape.equals("annealing")) {
      if (!head.annealed()) {
        throw new InvalidInputException(
            "margin schedule: expected constant, linear, cosine or step with this head, found annealing; sphereface and l-softmax are annealed");
      }
      return Schedule.Annealing.usual();
    }
    return of(shape, marginWarmup, 0);
  }

  /**
   * The schedule of the scale.
   *
   * @throws InvalidInputException if the schedule does not go with the head
   */
  Schedule scaleOf(Head head) {
    if (scale.equals("constant")) {
      return new Schedule.Constant();
    }
    if (!head.scales()) {
      throw new InvalidInputException(
          "scale schedule: expected constant with this head, found "
              + scale
              + "; it has no scale of its own to grow");
    }
    return of(scale, scaleWarmup, scaleStart);
  }

  private Schedule of(String shape, double share, double from) {
    boolean byEpoch = by.equals("epoch");
    return switch (shape) {
      case "linear" -> new Schedule.Rise(Schedule.Shape.LINEAR, share, stairs, from, byEpoch);
      case "cosine" -> new Schedule.Rise(Schedule.Shape.COSINE, share, stairs, from, byEpoch);
      case "step" -> new Schedule.Rise(Schedule.Shape.STEP, share, stairs, from, byEpoch);
      default -> new Schedule.Constant();
    };
  }
}
