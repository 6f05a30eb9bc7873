package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Session;
import org.tensorflow.op.Op;

/**
 * Times of some work and of the bare operations that it is compared with, taken in turns in one
 * process, so that what slows the machine for a while slows both.
 *
 * @param whole seconds that the work took once, turn by turn
 * @param bare seconds that the bare operations took once
 */
record Turns(double[] whole, double[] bare) {
  /**
   * Held by what runs, and for good by the end of the process, which otherwise, after a signal,
   * would tear down TensorFlow's library under threads that still compute.
   */
  private static final ReentrantLock RUNNING = new ReentrantLock();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(RUNNING::lock, "margin-softmax-between-runs"));
  }

  /** How often each is run before its time is taken. */
  private static final int WARM_UP = 3;

  /** Runs native work; the process does not end in the middle of it, whatever signal comes. */
  static void uninterrupted(Runnable work) {
    RUNNING.lock();
    try {
      work.run();
    } finally {
      RUNNING.unlock();
    }
  }

  /**
   * A name, and what is run.
   *
   * @param name in a line of progress, such as {@code step}
   */
  record Work(String name, Runnable run) {
    /** Every operation is a target: TensorFlow may prune one that only control edges reach. */
    static Work of(String name, Session session, List<? extends Op> operations) {
      return new Work(
          name,
          () -> {
            Session.Runner runner = session.runner();
            operations.forEach(runner::addTarget);
            runner.run().close();
          });
    }

    void warmUp() {
      for (int i = 0; i < WARM_UP; i++) {
        Turns.uninterrupted(run);
      }
    }

    /** How often it is run in about a second, 2..200; runs it twice to see. */
    int timesInSecond() {
      return (int) Math.max(2, Math.min(200, 1 / seconds(2)));
    }

    private double seconds(int times) {
      long start = System.nanoTime();
      for (int i = 0; i < times; i++) {
        Turns.uninterrupted(run);
      }
      return (System.nanoTime() - start) / 1e9 / times;
    }
  }

  /**
   * Takes the times of both, which are warm.
   *
   * @param turns number of turns, in each of which the bare operations come first
   * @param times how often each is run in a turn
   * @param progress gets a line for each turn
   */
  static Turns of(Work whole, Work bare, int turns, int times, PrintStream progress) {
    Turns taken = new Turns(new double[turns], new double[turns]);
    for (int turn = 0; turn < turns; turn++) {
      taken.bare[turn] = bare.seconds(times);
      taken.whole[turn] = whole.seconds(times);
      progress.printf(
          Locale.ROOT,
          "turn %d of %d: %s %.2f ms, %s %.2f ms, ratio %.3f%n",
          turn + 1,
          turns,
          whole.name,
          1e3 * taken.whole[turn],
          bare.name,
          1e3 * taken.bare[turn],
          taken.whole[turn] / taken.bare[turn]);
    }
    return taken;
  }

  /** Of the work. */
  Millis wholeMillis() {
    return millis(whole);
  }

  /** Of the bare operations. */
  Millis bareMillis() {
    return millis(bare);
  }

  /** The work's time over that of the bare operations in the same turn. */
  Ratio ratio() {
    double[] ratios = new double[whole.length];
    Arrays.setAll(ratios, turn -> whole[turn] / bare[turn]);
    return new Ratio(median(ratios), range(ratios));
  }

  private static Millis millis(double[] seconds) {
    double[] millis = Arrays.stream(seconds).map(s -> 1e3 * s).toArray();
    return new Millis(median(millis), range(millis));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static List<Double> range(double[] values) {
    DoubleSummaryStatistics all = Arrays.stream(values).summaryStatistics();
    return List.of(all.getMin(), all.getMax());
  }

  /** Refuses a number of a benchmark that is out of range. */
  static void require(String what, int found, int least, int most) {
    if (found < least || found > most) {
      throw new InvalidInputException(
          "%s: expected %d..%d, found %d; choose one in that range"
              .formatted(what, least, most, found));
    }
  }
}
