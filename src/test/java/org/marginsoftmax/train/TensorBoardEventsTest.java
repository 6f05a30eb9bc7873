package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;

/** What TensorBoard is given, above all that nothing is there twice after a resume. */
class TensorBoardEventsTest {
  private static final int STEPS = 33;

  /** Bytes of the first record of a file, its version. */
  private static final int RECORD = 40;

  @TempDir Path dir;

  /** Figures of a step that are all different. */
  private static TrainingListener.Step step(long step, int epoch) {
    return new TrainingListener.Step(
        step,
        epoch,
        new StepResult(step + 0.1, step + 0.2, step + 0.3, step + 0.4, step + 0.5, Double.NaN),
        step + 0.6,
        step + 0.7,
        step + 0.8);
  }

  /** Takes the steps after {@code from} up to {@code to}. */
  private static void train(Path folder, long from, long to, int perEpoch) {
    try (TensorBoardEvents events = TensorBoardEvents.open(folder, from)) {
      for (long k = from + 1; k <= to; k++) {
        int epoch = (int) ((k - 1) / perEpoch) + 1;
        events.step(step(k, epoch));
        if (k % perEpoch == 0) {
          AngleHistogram angles = AngleHistogram.of(new float[] {k, 2 * k, 0, 180});
          events.epoch(
              new TrainingListener.Epoch(
                  k,
                  epoch,
                  k + 0.1,
                  k + 0.2,
                  Map.of("accuracy", k + 0.3),
                  new ValidationAngles(angles, angles),
                  k + 0.4));
        }
      }
    }
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectories(dir.resolve(name));
  }

  @Test
  void everyTenthStepAndTheLastOfAnEpochHasAllFiguresOfTheHistory() throws IOException {
    for (int perEpoch = 1; perEpoch <= STEPS; perEpoch++) {
      Path folder = folder("epochs-of-" + perEpoch);
      train(folder, 0, STEPS, perEpoch);
      Set<String> expected = new TreeSet<>();
      for (long k = 1; k <= STEPS; k++) {
        List<String> tags = new ArrayList<>();
        if (k % 10 == 0 || k % perEpoch == 0) {
          tags.addAll(List.of("loss", "accuracy", "target_angle", "feature_norm", "center_norm"));
          tags.addAll(List.of("learning_rate", "margin_strength", "scale_share", "epoch"));
          tags.replaceAll("train/"::concat);
        }
        if (k % perEpoch == 0) {
          tags.addAll(List.of("epoch/loss", "epoch/accuracy", "data/waited_share"));
          tags.add("validation/accuracy");
          tags.add("validation/angle_to_own_center");
          tags.add("validation/angle_to_nearest_other_center");
        }
        for (String tag : tags) {
          expected.add(tag + " " + k);
        }
      }
      assertEquals(expected, EventFiles.figures(folder).keySet(), "epochs of " + perEpoch);
    }
  }

  @Test
  void figuresAreThoseOfTheStep() throws IOException {
    Path folder = folder("run");
    train(folder, 0, 20, 20);
    List<Event> events = EventFiles.read(folder);
    assertEquals(List.of(0L, 10L, 20L, 20L), events.stream().map(Event::getStep).toList());
    Map<String, Float> found =
        events.get(2).getSummary().getValueList().stream()
            .collect(Collectors.toMap(Summary.Value::getTag, Summary.Value::getSimpleValue));
    assertEquals(
        Map.of(
            "train/loss", 20.1f,
            "train/accuracy", 20.2f,
            "train/target_angle", 20.3f,
            "train/feature_norm", 20.4f,
            "train/center_norm", 20.5f,
            "train/learning_rate", 20.6f,
            "train/margin_strength", 20.7f,
            "train/scale_share", 20.8f,
            "train/epoch", 1f),
        found);
    HistogramProto angles =
        events.get(3).getSummary().getValueList().stream()
            .filter(value -> value.getTag().equals("validation/angle_to_own_center"))
            .findFirst()
            .orElseThrow()
            .getHisto();
    assertEquals(0, angles.getMin());
    assertEquals(180, angles.getMax());
    assertEquals(4, angles.getNum());
    assertEquals(240, angles.getSum());
    assertEquals(400 + 1600 + 32400, angles.getSumSquares());
    for (int k = 0; k < 180; k++) {
      assertEquals(k + 1, angles.getBucketLimit(k));
      assertEquals(Set.of(0, 20, 40, 179).contains(k) ? 1 : 0, angles.getBucket(k), "bin " + k);
    }
  }

  /** Killed after any step, with a checkpoint of any step before, and at any place of a record. */
  @Test
  void aResumedRunHasEveryFigureOnce() throws IOException {
    Path whole = folder("whole");
    train(whole, 0, STEPS, 8);
    TensorBoardEvents.tested(whole, 24, Map.of("accuracy", 0.5));
    Map<String, String> expected = EventFiles.figures(whole);
    for (int killed = 0; killed <= STEPS; killed += 3) {
      for (int checkpoint = 0; checkpoint <= killed; checkpoint += 5) {
        Path folder = folder(killed + "-" + checkpoint);
        train(folder, 0, killed, 8);
        if (killed % 2 == 0) {
          TensorBoardEvents.tested(folder, Math.min(8, checkpoint), Map.of("accuracy", 0.4));
        }
        Path first = EventFiles.in(folder).get(0);
        byte[] bytes = Files.readAllBytes(first);
        // The record that was being written: any part of one.
        int part = (7 * killed + checkpoint) % RECORD;
        Files.write(first, Arrays.copyOf(bytes, part), StandardOpenOption.APPEND);
        Path aside = folder.resolve("." + first.getFileName() + ".tmp");
        Files.write(aside, bytes);
        train(folder, checkpoint, STEPS, 8);
        TensorBoardEvents.tested(folder, 24, Map.of("accuracy", 0.5));
        assertEquals(expected, EventFiles.figures(folder), folder.toString());
        assertFalse(Files.exists(aside));
      }
    }
  }

  @Test
  void aBrokenRecordEndsAFile() throws IOException {
    for (int place = 0; place < RECORD; place++) {
      Path folder = folder("broken-" + place);
      train(folder, 0, 20, 20);
      Path file = EventFiles.in(folder).get(0);
      byte[] bytes = Files.readAllBytes(file);
      bytes[place] ^= (byte) 0xff;
      Files.write(file, bytes);
      TensorBoardEvents.open(folder, 20).close();
      assertEquals(2, EventFiles.read(folder).size(), "byte " + place);
    }
  }

  /** A TensorBoard that looks on forgets what will be taken again. */
  @Test
  void aResumedSessionSaysWhereItBegins() throws IOException {
    Path folder = folder("run");
    train(folder, 0, 20, 20);
    TensorBoardEvents.open(folder, 10).close();
    List<Event> events = EventFiles.read(folder);
    Event last = events.get(events.size() - 1);
    assertEquals(11, last.getStep());
    assertEquals(SessionLog.SessionStatus.START, last.getSessionLog().getStatus());
    assertEquals(2, EventFiles.in(folder).size());
    // Sessions without a figure leave no file behind.
    TensorBoardEvents.open(folder, 10).close();
    assertEquals(2, EventFiles.in(folder).size());
  }

  /** What TensorBoard makes of them: from the smallest to the largest, edge to edge. */
  @Test
  void outerBinsAreNotEmpty() throws IOException {
    SplittableRandom random = new SplittableRandom(8);
    for (int round = 0; round < 200; round++) {
      float[] degrees = new float[random.nextInt(1, 6)];
      for (int i = 0; i < degrees.length; i++) {
        // Edges of bins too.
        degrees[i] =
            random.nextBoolean() ? random.nextInt(0, 181) : (float) random.nextDouble(0, 180);
      }
      AngleHistogram angles = AngleHistogram.of(degrees);
      Path folder = folder("round-" + round);
      try (TensorBoardEvents events = TensorBoardEvents.open(folder, 0)) {
        events.step(step(10, 1));
        events.epoch(
            new TrainingListener.Epoch(
                10, 1, 1, 1, Map.of(), new ValidationAngles(angles, angles), 0));
      }
      List<Summary.Value> values = EventFiles.read(folder).get(2).getSummary().getValueList();
      HistogramProto written = values.get(values.size() - 1).getHisto();
      int bins = written.getBucketCount();
      assertTrue(written.getBucket(0) > 0 && written.getBucket(bins - 1) > 0);
      double left = written.getMin();
      for (int k = 0; k < bins; k++) {
        double right = k == bins - 1 ? written.getMax() : written.getBucketLimit(k);
        double from = left;
        boolean last = k == bins - 1;
        long inside = 0;
        for (float angle : degrees) {
          inside += angle >= from && (last ? angle <= right : angle < right) ? 1 : 0;
        }
        assertTrue(left <= right);
        assertEquals(inside, written.getBucket(k));
        left = right;
      }
    }
  }

  @Test
  void anglesThatAreUndefinedAreLeftOut() throws IOException {
    AngleHistogram none = AngleHistogram.of(new float[] {Float.NaN});
    assertEquals(0, none.size());
    AngleHistogram some = AngleHistogram.of(new float[] {Float.NaN, 12.5f, Float.NaN, 3});
    assertEquals(2, some.size());
    assertEquals(3, some.smallest());
    assertEquals(12.5, some.largest());
    try (TensorBoardEvents events = TensorBoardEvents.open(dir, 0)) {
      events.step(step(10, 1));
      events.epoch(
          new TrainingListener.Epoch(10, 1, 1, 1, Map.of(), new ValidationAngles(none, none), 0));
    }
    Set<String> written = EventFiles.figures(dir).keySet();
    assertTrue(written.contains("epoch/loss 10"), written.toString());
    assertTrue(written.stream().noneMatch(key -> key.contains("angle_to")), written.toString());
  }
}
