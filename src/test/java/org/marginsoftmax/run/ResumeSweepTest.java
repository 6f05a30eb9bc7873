package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.npy.Npz;
import org.marginsoftmax.source.Idx;

/**
 * Runs with options drawn at random, stopped and resumed after each of their first steps: each ends
 * as the same run that was never stopped, to the bit. {@code -Dresume.draws=N} tries more, {@code
 * -Dresume.seed=N} others.
 */
class ResumeSweepTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  private static final int DRAWS = Integer.getInteger("resume.draws", 4);
  private static final long SEED = Long.getLong("resume.seed", 1);
  private static final String KERAS = "saved-models/softmax-0-4-keras2/model";
  @TempDir Path dir;

  @BeforeEach
  void setUp() throws IOException {
    Idx.folder(dir.resolve("idx"), 5, 20, 4);
    Idx.folder(dir.resolve("large"), 5, 20, 4, 28);
    Random random = new Random(1);
    float[] frames = new float[100 * 16 * 6];
    int[] labels = new int[100];
    for (int i = 0; i < 100; i++) {
      labels[i] = i % 5;
      Path of = Files.createDirectories(dir.resolve("photos/class" + i % 5));
      BufferedImage image = new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < 63; p++) {
        image.setRGB(p % 9, p / 9, random.nextInt(1 << 24) | (p / 13 == i % 5 ? 0xffffff : 0));
      }
      ImageIO.write(image, "png", of.resolve(i + ".png").toFile());
      for (int f = 0; f < 96; f++) {
        frames[96 * i + f] = (float) random.nextGaussian() + (f % 6 == i % 5 ? 2 : 0);
      }
    }
    new Npz()
        .floats("features", frames, 100, 16, 6)
        .labels("labels", labels)
        .write(dir.resolve("arrays.npz"), true);
  }

  private static <T> T one(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private Map<String, Object> drawn(Random random) {
    Map<String, Object> options = new LinkedHashMap<>();
    String data = one(random, List.of("idx", "photos", "arrays.npz", "large"));
    options.put("data.source", dir.resolve(data).toString());
    options.put("data.validation", 0.2);
    options.put("loop.device", "cpu");
    options.put("loop.epochs", 2);
    options.put("loop.seed", random.nextInt(1000));
    options.put("loop.batch_size", 12);
    options.put("loop.accumulate", one(random, List.of(1, 1, 2, 3)));
    options.put("loop.shards", one(random, List.of(1, 2, 3)));
    options.put("loop.partial_fc", one(random, List.of(1.0, 0.4, 0.9)));
    options.put("loop.precision", one(random, List.of("float32", "bfloat16")));
    options.put(
        "loop.best_by",
        one(random, List.of("accuracy", "loss", "silhouette", "equal_error_rate", "map_at_r")));
    if (random.nextBoolean()) {
      options.put("loop.patience", 1);
    }
    if (data.equals("photos")) {
      options.put("data.image_size", "8x10");
      options.put("data.cache", one(random, List.of("none", dir.resolve("cache").toString())));
    }
    options.putAll(
        one(
            random,
            data.equals("arrays.npz")
                ? List.of(
                    Map.of("backbone.name", "xvector", "backbone.channels", 16),
                    Map.of("backbone.name", "ecapa-tdnn", "backbone.channels", 16))
                : data.equals("large")
                    ? List.of(
                        Map.of("keras.from", KERAS, "keras.trust", true, "keras.dropout", true),
                        Map.of(
                            "keras.from", KERAS, "keras.trust", true, "keras.batch_norm", "train"),
                        Map.of("keras.from", KERAS, "keras.trust", true, "backbone.embedding", 8))
                    : List.of(Map.of("backbone.name", "small-cnn", "backbone.embedding", 8))));
    if (data.equals("large")) {
      options.put("keras.layer_decay", one(random, List.of(1, 0.7)));
      options.put("keras.unfreeze_every", one(random, List.of(1, 2, 3)));
    }
    options.put(
        "head.name",
        one(
            random,
            List.of(
                "arcface",
                "softmax",
                "subcenter-arcface",
                "curricularface",
                "adaface",
                "elasticface-plus",
                "soft-triple",
                "cosface")));
    options.put(
        "batches.augment",
        one(
            random,
            data.equals("arrays.npz")
                ? List.of("none", "time-crop,time-mask,noise", "mixup:0.5:1")
                : List.of(
                    "none", "light", "photo", "flip,mixup:0.5:1,cutmix:0.5:1", "jpeg,noise")));
    options.putAll(
        one(
            random,
            List.of(
                Map.of("batches.sampler", "shuffled"),
                Map.of("batches.per_class_limit", 11),
                Map.of("batches.sampler", "p-by-k", "batches.classes_per_batch", 4),
                Map.of("batches.sampler", "hard-classes", "batches.samples_per_class", 3),
                Map.of("batches.sampler", "balanced"))));
    options.put("optimizer.name", one(random, List.of("adam", "adamw", "sgd")));
    if (options.get("optimizer.name").equals("sgd")) {
      options.put("loop.lazy_states", one(random, List.of("keep", "catch-up")));
      options.put("optimizer.weight_decay", 1e-3);
    }
    options.put(
        "optimizer.schedule",
        one(random, List.of("constant", "cosine", "cosine-restarts", "polynomial", "step")));
    options.put("optimizer.clip_norm", one(random, List.of(0, 1)));
    options.put("optimizer.centers_learning_rate", one(random, Arrays.asList(null, 0.01)));
    if (random.nextBoolean()) {
      options.put("optimizer.ema", 0.9);
    }
    options.put("schedule.by", one(random, List.of("step", "epoch")));
    return options;
  }

  private static Train.Result train(
      Map<String, Object> options, Path out, boolean resume, boolean oneStep) {
    StopSignal stop = StopSignal.onRequest();
    if (oneStep) {
      stop.request();
    }
    return Train.run(TrainConfig.usual().with(options), new RunFolder(out), resume, stop, QUIET);
  }

  /** Content of what a run leaves behind, by the names of the files. */
  private static Map<String, byte[]> left(Path run) throws IOException {
    Map<String, byte[]> left = new TreeMap<>();
    try (Stream<Path> files = Files.walk(run)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = run.relativize(file).toString();
        if (name.startsWith("checkpoints")
            || name.startsWith("growth")
            || name.matches("history.csv|metrics.json")) {
          left.put(name, Files.readAllBytes(file));
        }
      }
    }
    return left;
  }

  @Test
  void resumedAfterAnyStepsARunIsTheRunNeverStopped() throws IOException {
    Random random = new Random(SEED);
    int tried = 0;
    int refused = 0;
    while (tried < DRAWS) {
      Map<String, Object> options = drawn(random);
      Path whole = dir.resolve("whole");
      Path parts = dir.resolve("parts");
      try {
        train(options, whole, false, false);
      } catch (InvalidInputException e) {
        refused++;
        continue;
      }
      tried++;
      int stops = 1 + random.nextInt(8);
      for (int session = 0; session <= stops; session++) {
        options.put("batches.threads", 1 + random.nextInt(3));
        if (random.nextBoolean()) {
          Folders.delete(dir.resolve("cache"));
        }
        train(options, parts, session > 0, session < stops);
      }
      Map<String, byte[]> expected = left(whole);
      Map<String, byte[]> found = left(parts);
      assertEquals(expected.keySet(), found.keySet(), options::toString);
      expected.forEach(
          (name, bytes) -> assertArrayEquals(bytes, found.get(name), () -> name + options));
      Folders.delete(whole);
      Folders.delete(parts);
    }
    assertTrue(refused < 3 * tried, refused + " of " + tried);
  }
}
