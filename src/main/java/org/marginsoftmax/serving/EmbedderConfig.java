package org.marginsoftmax.serving;

import java.time.Duration;
import org.marginsoftmax.InvalidInputException;

/**
 * Options of an {@link Embedder}.
 *
 * @param maximumBatch largest number of images run at once, 1..4096
 * @param maximumDelay how long a call waits for others to join its batch while another batch is
 *     running, 0 to a minute; if none is running it does not wait
 * @param threads within and between operations, 1..4096; only the first session in a process sets
 *     it
 * @param resize whether images of another size are brought to the model's, as for training;
 *     otherwise they are refused. Raw pixels must always have the model's size
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

  /** The default: 64 images, 2 ms, one thread per core, images resized. */
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
