package org.marginsoftmax.serving;

import java.time.Duration;
import org.marginsoftmax.InvalidInputException;

/**
 * How an {@link Embedder} works.
 *
 * @param maximumBatch images that are run at once, 1..4096
 * @param maximumDelay how long a call waits for others to join its batch while another batch runs,
 *     0 to a minute; where none runs it waits for nobody
 * @param threads within and between operations, 1..4096; the first session of a process decides
 * @param resize whether images of another size are stretched to the model's, as for training; else
 *     they are refused. Pixels without a size of their own always have to fit
 */
public record EmbedderConfig(int maximumBatch, Duration maximumDelay, int threads, boolean resize) {
  /**
   * @throws InvalidInputException if a value is out of range
   */
  public EmbedderConfig {
    require(maximumBatch >= 1 && maximumBatch <= 4096, "a batch of 1..4096", maximumBatch, "64");
    require(
        !maximumDelay.isNegative() && maximumDelay.compareTo(Duration.ofMinutes(1)) <= 0,
        "a delay of 0 to a minute",
        maximumDelay,
        "2 ms");
    require(threads >= 1 && threads <= 4096, "1..4096 threads", threads, "one for each core");
  }

  /** 64 images, 2 ms, a thread for each core, images resized. */
  public static EmbedderConfig usual() {
    return new EmbedderConfig(
        64, Duration.ofMillis(2), Runtime.getRuntime().availableProcessors(), true);
  }

  private static void require(boolean holds, String expected, Object found, String usual) {
    if (!holds) {
      throw new InvalidInputException(
          "embedder: expected %s, found %s; %s is usual".formatted(expected, found, usual));
    }
  }
}
