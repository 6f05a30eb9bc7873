package org.marginsoftmax.serving;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Records how long calls take in Micrometer's global registry, if Micrometer is on the class path:
 * the timer {@code margin_softmax.embed} with its median, 95th and 99th percentile.
 */
final class Latency {
  private Latency() {}

  /** Takes nanoseconds. */
  static LongConsumer recorder() {
    try {
      Class.forName("io.micrometer.core.instrument.Metrics", false, Latency.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return nanos -> {};
    }
    return Micrometer.recorder();
  }

  /** In a class of its own, which is loaded only where Micrometer is. */
  private static final class Micrometer {
    static LongConsumer recorder() {
      Timer timer =
          Timer.builder("margin_softmax.embed")
              .description("from the call to the embedding, waiting for a batch included")
              .publishPercentiles(0.5, 0.95, 0.99)
              .register(Metrics.globalRegistry);
      return nanos -> timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }
}
