package org.marginsoftmax.train;

import java.io.PrintStream;
import java.text.DecimalFormat;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows speed, loss, accuracy without the margin and time left: as a progress bar on a terminal,
 * otherwise as a line every ten seconds. Also prints one line per epoch.
 */
public final class ProgressListener implements TrainingListener {
  private static final double SMOOTHING = 0.05;
  private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

  private final PrintStream out;
  private final TrainingPlan plan;
  private final long from;
  private final long startedNanos = System.nanoTime();
  private final ProgressBar bar;
  private long saidNanos = startedNanos;
  private double loss = Double.NaN;
  private double accuracy;

  /**
   * Starts the progress display.
   *
   * @param from number of steps taken in earlier sessions of the run
   * @param terminal whether {@code out} is a terminal
   */
  public ProgressListener(PrintStream out, TrainingPlan plan, long from, boolean terminal) {
    this.out = out;
    this.plan = plan;
    this.from = from;
    this.bar = terminal ? bar(out, plan, from) : null;
  }

  @Override
  public void step(Step step) {
    loss = smooth(loss, step.loss());
    accuracy = step.step() == from + 1 ? step.accuracy() : smooth(accuracy, step.accuracy());
    if (bar != null) {
      bar.stepTo(step.step());
      bar.setExtraMessage(", " + figures());
    } else if (System.nanoTime() - saidNanos > QUIET_NANOS) {
      saidNanos = System.nanoTime();
      double rate = (step.step() - from) / seconds();
      out.printf(
          Locale.ROOT,
          "step %d of %d, %.1f steps/s, %s, %s left%n",
          step.step(),
          plan.steps(),
          rate,
          figures(),
          clock((plan.steps() - step.step()) / rate));
    }
  }

  @Override
  public void epoch(Epoch epoch) {
    String line =
        String.format(
            Locale.ROOT,
            "epoch %d: loss %.4f, accuracy without margin %.4f%s, %.1f %% of the time waited for data, %s",
            epoch.epoch(),
            epoch.loss(),
            epoch.accuracy(),
            validation(epoch),
            100 * epoch.waitedShare(),
            clock(seconds()));
    // Over the bar, which is drawn again below the line.
    out.println(bar == null ? line : "\r" + line + "\u001b[K");
  }

  /** Such as {@code , validation accuracy 0.9120, eer 0.0310}. */
  private static String validation(Epoch epoch) {
    return epoch.validation().isEmpty()
        ? ""
        : epoch.validation().entrySet().stream()
            .map(f -> String.format(Locale.ROOT, "%s %.4f", f.getKey(), f.getValue()))
            .collect(Collectors.joining(", ", ", validation ", ""));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  private static ProgressBar bar(PrintStream out, TrainingPlan plan, long from) {
    return new ProgressBarBuilder()
        .setTaskName("train")
        .setInitialMax(plan.steps())
        .startsFrom(from, Duration.ZERO)
        .setUnit(" steps", 1)
        .showSpeed(new DecimalFormat("0.0"))
        .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR)
        .setUpdateIntervalMillis(200)
        .setConsumer(new ConsoleProgressBarConsumer(out))
        .build();
  }

  private String figures() {
    return String.format(Locale.ROOT, "loss %.3f, accuracy %.3f", loss, accuracy);
  }

  private static double smooth(double mean, double value) {
    return Double.isNaN(mean) ? value : mean + SMOOTHING * (value - mean);
  }

  private double seconds() {
    return Math.max(1e-9, (System.nanoTime() - startedNanos) / 1e9);
  }

  private static String clock(double seconds) {
    long s = Math.round(seconds);
    return s < 3600
        ? String.format("%d:%02d", s / 60, s % 60)
        : String.format("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }
}
