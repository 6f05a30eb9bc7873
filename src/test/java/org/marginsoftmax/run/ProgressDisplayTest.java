package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.eval.ClassCenters;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Progress;
import org.marginsoftmax.eval.Protocol;

/** Work that says how far it is. */
class ProgressDisplayTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void saysShareAndTimeLeft(boolean terminal) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);

    int answer =
        ProgressDisplay.work(
            "figures",
            out,
            terminal,
            Duration.ofMillis(10),
            progress -> {
              sleep();
              IntConsumer done = progress.begin("pairs", 4);
              done.accept(1);
              done.accept(1);
              sleep();
              done.accept(2);
              return 42;
            });

    assertEquals(42, answer);
    String lines = said.toString(StandardCharsets.UTF_8);
    String bar = terminal ? " \\[={15} {15}\\]" : "";
    assertTrue(lines.matches("(?s).*figures, 0 s so far.*"), lines);
    assertTrue(lines.matches("(?s).*figures: pairs 50 %" + bar + ", 0:00 left.*"), lines);
    assertEquals(terminal, lines.endsWith("\r\u001b[K"), "the bar is gone");
    assertEquals(terminal, lines.contains("\u001b"), "no codes in a file");
  }

  @Test
  void stagesOfAnEvaluationCountAllTheirQueries() {
    Random random = new Random(1);
    int n = 200;
    float[][] vectors = new float[n][8];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 4;
      for (int k = 0; k < 8; k++) {
        vectors[i][k] = (float) random.nextGaussian() + (k == labels[i] ? 1 : 0);
      }
    }
    Embeddings all = new Embeddings(vectors, labels);
    Map<String, AtomicInteger> done = new LinkedHashMap<>();
    Progress progress =
        (stage, queries) -> {
          AtomicInteger sum = new AtomicInteger(-queries);
          assertFalse(done.containsKey(stage), stage);
          done.put(stage, sum);
          return sum::addAndGet;
        };

    Protocol protocol = Protocol.usual(1);
    Evaluation watched =
        Evaluation.of(all, all, ClassCenters.of(new float[4][8], 1), protocol, progress);

    assertEquals(
        "{nearest class centres=0, nearest neighbours=0, pairs=0}",
        done.toString(),
        "all of each are told");
    assertEquals(Evaluation.of(all, all, new float[4][8], protocol), watched);
  }

  private static void sleep() {
    try {
      TimeUnit.MILLISECONDS.sleep(200);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
