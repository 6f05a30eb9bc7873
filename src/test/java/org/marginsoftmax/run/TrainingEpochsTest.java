package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.data.Pixels;
import org.marginsoftmax.data.Samples;

class TrainingEpochsTest {
  private static Samples samples(int classes, int ofEach) {
    return new InMemorySamples(
        Pixels.of(new ImageShape(1, 1, 1), new byte[classes * ofEach]),
        IntStream.range(0, classes * ofEach).map(i -> i % classes).toArray(),
        IntStream.range(0, classes).mapToObj(String::valueOf).toList());
  }

  private static TrainConfig config(Object... options) {
    Map<String, Object> given = new HashMap<>();
    for (int i = 0; i < options.length; i += 2) {
      given.put((String) options[i], options[i + 1]);
    }
    return TrainConfig.usual().with(given);
  }

  private static String sizes(TrainConfig config, Samples train) {
    TrainConfig sized = config.with(TrainingEpochs.sizes(config, train));
    // A resumed run finds the sizes that it was begun with.
    assertEquals(sized, sized.with(TrainingEpochs.sizes(sized, train)));
    TrainingEpochs.of(sized.batches(), train, sized.loop().batchSize(), 1);
    return "%d = %d x %d"
        .formatted(
            sized.loop().batchSize(),
            sized.batches().classesPerBatch(),
            sized.batches().samplesPerClass());
  }

  @Test
  void sizesThatAreNotGivenFitTheBatch() {
    String p = "batches.classes_per_batch";
    String k = "batches.samples_per_class";
    String batch = "loop.batch_size";
    Samples many = samples(500, 6);
    Samples few = samples(9, 100);
    for (String sampler : List.of("p-by-k", "hard-classes")) {
      String s = "batches.sampler";
      assertEquals("128 = 32 x 4", sizes(config(s, sampler), many));
      assertEquals("60 = 20 x 3", sizes(config(s, sampler, p, 20, k, 3), many));
      assertEquals("60 = 20 x 3", sizes(config(s, sampler, p, 20, k, 3, batch, 60), many));
      assertEquals("126 = 42 x 3", sizes(config(s, sampler, k, 3), many));
      assertEquals("64 = 32 x 2", sizes(config(s, sampler, batch, 64), many));
      assertEquals("120 = 20 x 6", sizes(config(s, sampler, p, 20), many));
      boolean hard = sampler.equals("hard-classes");
      assertEquals(hard ? "128 = 8 x 16" : "126 = 9 x 14", sizes(config(s, sampler), few));
      assertThrows(
          InvalidInputException.class,
          () -> sizes(config(s, sampler, p, 20, k, 3, batch, 64), many));
    }
    assertEquals(
        Map.of(batch, 100), TrainingEpochs.sizes(config("data.limit", 100), samples(10, 10)));
  }

  @Test
  void refusesOptionsOfOtherSamplersAndNumbersOutOfRange() {
    Samples train = samples(9, 100);
    Object[][] refused = {
      {"batches.sampler", "balance", "did you mean balanced?"},
      {"batches.classes_per_batch", 4, "with `sampler` p-by-k or hard-classes alone"},
      {"batches.samples_per_class", 4, "leave `samples-per-class` out"},
      {"batches.balance_power", 0.5, "with `sampler` balanced alone"},
      {"batches.per_class_limit", 0, "expected at least 1"},
      {"batches.threads", 0, "1..256"},
      {"batches.augment", "time-mask", "not for images"},
    };
    for (Object[] row : refused) {
      InvalidInputException e =
          assertThrows(
              InvalidInputException.class,
              () -> TrainingEpochs.of(config(row[0], row[1]).batches(), train, 10, 1),
              row[0].toString());
      assertTrue(e.getMessage().contains(row[2].toString()), e.getMessage());
    }
    for (Object[] row :
        new Object[][] {
          {"p-by-k", "batches.per_class_limit", 3},
          {"balanced", "batches.balance_power", 1.5},
          {"balanced", "batches.samples_per_class", 2},
          {"p-by-k", "batches.classes_per_batch", 10},
          {"p-by-k", "batches.classes_per_batch", Integer.MAX_VALUE},
          {"p-by-k", "batches.samples_per_class", 451},
          {"hard-classes", "batches.samples_per_class", Integer.MAX_VALUE},
          {"hard-classes", "batches.classes_per_batch", 3},
        }) {
      assertThrows(
          InvalidInputException.class,
          () -> {
            TrainConfig config = config("batches.sampler", row[0], (String) row[1], row[2]);
            TrainConfig sized = config.with(TrainingEpochs.sizes(config, train));
            TrainingEpochs.of(sized.batches(), train, sized.loop().batchSize(), 1);
          },
          row[0] + " " + row[1]);
    }
  }
}
