package org.marginsoftmax.train;

import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;

/**
 * Writes an {@code events.*} file for TensorBoard. TensorFlow's summary operations are not used
 * because they need a graph and a session. A resumed run writes another file, as TensorFlow does.
 *
 * <p>Tags: {@code train/...} of every tenth step and of the last of an epoch; {@code epoch/...},
 * the means over an epoch, {@code validation/...} and {@code data/waited_share}, at the last step
 * of the epoch; {@code test/...} at the step of the checkpoint that was evaluated. Angles are in
 * degrees, accuracies and shares in 0..1.
 */
public final class TensorBoardEvents implements TrainingListener {
  /** Steps between two points of a curve. */
  private static final int EVERY = 10;

  private static final String TEST = "test/";

  private final EventFile file;
  private Step latest;

  private TensorBoardEvents(EventFile file) {
    this.file = file;
  }

  /**
   * Creates a new file in a folder. Events of earlier files that are of later steps, which will be
   * taken again, are dropped, and so are the figures of test samples.
   *
   * @param step number of steps already taken
   */
  public static TensorBoardEvents open(Path folder, long step) {
    EventFile.keep(
        folder,
        event ->
            event.getStep() <= step
                && event.getSummary().getValueList().stream()
                    .noneMatch(value -> value.getTag().startsWith(TEST)));
    EventFile file = EventFile.create(folder);
    if (step > 0) {
      // A TensorBoard that has read later steps already forgets them.
      file.write(
          Event.newBuilder()
              .setStep(step + 1)
              .setSessionLog(SessionLog.newBuilder().setStatus(SessionLog.SessionStatus.START)));
    }
    return new TensorBoardEvents(file);
  }

  /**
   * Writes figures of test samples, in a file of their own; {@link #open} drops them.
   *
   * @param step of the checkpoint that was evaluated
   * @param figures by name
   */
  public static void tested(Path folder, long step, Map<String, Double> figures) {
    Summary.Builder values = Summary.newBuilder();
    figures.forEach((name, value) -> values.addValue(scalar(TEST + name, value)));
    try (EventFile file = EventFile.create(folder)) {
      file.write(Event.newBuilder().setStep(step).setSummary(values));
    }
  }

  @Override
  public void step(Step step) {
    latest = step;
    if (step.step() % EVERY == 0) {
      write(step);
    }
  }

  private void write(Step step) {
    file.write(
        Event.newBuilder()
            .setStep(step.step())
            .setSummary(
                Summary.newBuilder()
                    .addValue(scalar("train/loss", step.loss()))
                    .addValue(scalar("train/accuracy", step.accuracy()))
                    .addValue(scalar("train/target_angle", step.seen().targetAngle()))
                    .addValue(scalar("train/feature_norm", step.seen().featureNorm()))
                    .addValue(scalar("train/center_norm", step.seen().centerNorm()))
                    .addValue(scalar("train/learning_rate", step.learningRate()))
                    .addValue(scalar("train/margin_strength", step.marginStrength()))
                    .addValue(scalar("train/scale_share", step.scaleShare()))
                    .addValue(scalar("train/epoch", step.epoch()))));
  }

  @Override
  public void epoch(Epoch epoch) {
    if (latest.step() % EVERY != 0) {
      write(latest);
    }
    Summary.Builder values =
        Summary.newBuilder()
            .addValue(scalar("epoch/loss", epoch.loss()))
            .addValue(scalar("epoch/accuracy", epoch.accuracy()))
            .addValue(scalar("data/waited_share", epoch.waitedShare()));
    epoch
        .validation()
        .forEach((name, value) -> values.addValue(scalar("validation/" + name, value)));
    if (epoch.angles() != null) {
      add(values, "validation/angle_to_own_center", epoch.angles().own());
      add(values, "validation/angle_to_nearest_other_center", epoch.angles().other());
    }
    file.write(Event.newBuilder().setStep(epoch.step()).setSummary(values));
  }

  @Override
  public void close() {
    file.close();
  }

  private static Summary.Value scalar(String tag, double value) {
    return Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value).build();
  }

  /**
   * Adds a histogram, if there are any angles. TensorBoard takes the smallest and the largest for
   * the outer edges of the outer bins, so these must not be empty.
   */
  private static void add(Summary.Builder values, String tag, AngleHistogram angles) {
    if (angles.size() == 0) {
      return;
    }
    HistogramProto.Builder histogram =
        HistogramProto.newBuilder()
            .setNum(angles.size())
            .setMin(angles.smallest())
            .setMax(angles.largest())
            .setSum(angles.sum())
            .setSumSquares(angles.sumOfSquares());
    for (int k = AngleHistogram.bin(angles.smallest());
        k <= AngleHistogram.bin(angles.largest());
        k++) {
      histogram.addBucketLimit(k + 1).addBucket(angles.counts()[k]);
    }
    values.addValue(Summary.Value.newBuilder().setTag(tag).setHisto(histogram));
  }
}
