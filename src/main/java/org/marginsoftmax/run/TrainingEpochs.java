package org.marginsoftmax.run;

import java.util.Arrays;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.augment.Augmentation;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.Sampler;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Shuffled;
import org.marginsoftmax.sampler.PByK;
import org.marginsoftmax.sampler.PerClassLimit;
import org.marginsoftmax.sampler.Weighted;

/** What the epochs of a run are fed with, and in which sizes. */
final class TrainingEpochs {
  private static final String SHUFFLED = "shuffled";
  private static final String P_BY_K = "p-by-k";
  private static final String HARD_CLASSES = "hard-classes";
  private static final String BALANCED = "balanced";

  /** Most classes in a batch by default. */
  private static final int USUAL_P = 32;

  private static final int USUAL_MOST_THREADS = 8;

  private TrainingEpochs() {}

  /**
   * The epochs of a run.
   *
   * @param config with the sizes that {@link #sizes} fills in
   * @throws InvalidInputException if a value belongs to another sampler
   */
  static Epochs of(BatchConfig config, Samples train, int batchSize, long seed) {
    Integer threads = config.threads();
    return new Epochs(
        train,
        sampler(config, train),
        Augmentation.of(config.augment(), train.element()),
        Augmentation.mixer(config.augment(), train.element()),
        batchSize,
        seed,
        threads == null
            ? Math.min(USUAL_MOST_THREADS, Runtime.getRuntime().availableProcessors())
            : threads);
  }

  private static Sampler sampler(BatchConfig config, Samples train) {
    requireOwn(config);
    int[] labels = train.labels();
    int classes = train.classes();
    switch (config.sampler()) {
      case P_BY_K, HARD_CLASSES:
        return new PByK(
            labels,
            classes,
            config.classesPerBatch(),
            config.samplesPerClass(),
            config.sampler().equals(HARD_CLASSES));
      case BALANCED:
        return Weighted.balanced(
            labels, classes, config.balancePower() == null ? 1 : config.balancePower());
      default:
        return config.perClassLimit() == null
            ? new Shuffled(labels.length)
            : new PerClassLimit(labels, classes, config.perClassLimit());
    }
  }

  /** Refuses options that the sampler does not have. */
  private static void requireOwn(BatchConfig config) {
    boolean byClasses = byClasses(config);
    requireFor(
        P_BY_K + " or " + HARD_CLASSES, byClasses, "classes-per-batch", config.classesPerBatch());
    requireFor(
        P_BY_K + " or " + HARD_CLASSES, byClasses, "samples-per-class", config.samplesPerClass());
    requireFor(BALANCED, config.sampler().equals(BALANCED), "balance-power", config.balancePower());
    requireFor(
        SHUFFLED, config.sampler().equals(SHUFFLED), "per-class-limit", config.perClassLimit());
  }

  private static void requireFor(String samplers, boolean own, String option, Number value) {
    String what = option.replace('-', ' ');
    if (value != null && !own) {
      throw new InvalidInputException(
          "%s: expected with `sampler` %s alone, found another; leave `%s` out"
              .formatted(what, samplers, option));
    }
  }

  private static boolean byClasses(BatchConfig config) {
    return config.sampler().equals(P_BY_K) || config.sampler().equals(HARD_CLASSES);
  }

  /**
   * The batch size of a run, and the sizes of its parts for samplers that divide it: what is not
   * given is such that P x K comes as near to the batch size as it can without exceeding it.
   *
   * @return values by the names of {@code config.json}
   * @throws InvalidInputException if the sizes do not fit each other
   */
  static Map<String, Integer> sizes(TrainConfig config, Samples train) {
    BatchConfig batches = config.batches();
    requireOwn(batches);
    int batch = config.loop().batchSizeFor(train.size());
    if (!byClasses(batches)) {
      return Map.of("loop.batch_size", batch);
    }
    Integer p = batches.classesPerBatch();
    Integer k = batches.samplesPerClass();
    boolean both = p != null && k != null;
    int classes = (int) Arrays.stream(train.labels()).distinct().count();
    if (p == null) {
      p = Math.min(classes, k == null ? USUAL_P : Math.max(2, batch / k));
      p -= batches.sampler().equals(HARD_CLASSES) ? p % 2 : 0;
    }
    if (k == null) {
      k = Math.max(1, batch / p);
    }
    // More classes than there are the sampler refuses.
    if (p <= classes && (long) p * k > train.size()) {
      throw new InvalidInputException(
          "samples per class: expected at most %d in each of %d classes of a batch, as there are %d training samples, found %d; lower `samples-per-class` or `classes-per-batch`"
              .formatted(train.size() / p, p, train.size(), k));
    }
    int size = (int) Math.min(Integer.MAX_VALUE, (long) p * k);
    if (both && size != batch && config.loop().batchSizeIsGiven()) {
      throw new InvalidInputException(
          "batch size: expected %d x %d = %d by `classes-per-batch` and `samples-per-class`, found %d; leave `batch-size` out"
              .formatted(p, k, size, batch));
    }
    return Map.of(
        "loop.batch_size", size, "batches.classes_per_batch", p, "batches.samples_per_class", k);
  }
}
