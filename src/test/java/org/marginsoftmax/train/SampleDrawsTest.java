package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;

class SampleDrawsTest {
  @Test
  void areAFunctionOfSeedStepAndNumber() {
    double[] all = SampleDraws.normal(1, 7, new int[] {4, 9, 4, 0});
    assertEquals(all[0], all[2]);
    assertArrayEquals(
        new double[] {all[3], all[1]}, SampleDraws.normal(1, 7, new int[] {0, 9}), 0.0);
    assertNotEquals(all[0], SampleDraws.normal(2, 7, new int[] {4})[0]);
    assertNotEquals(all[0], SampleDraws.normal(1, 8, new int[] {4})[0]);
  }

  @Test
  void areStandardNormal() {
    double[] draws = new double[200 * 1000];
    for (int step = 0; step < 200; step++) {
      double[] some = SampleDraws.normal(3, step, IntStream.range(0, 1000).toArray());
      System.arraycopy(some, 0, draws, step * 1000, 1000);
    }
    assertEquals(0, Arrays.stream(draws).average().orElseThrow(), 0.01);
    assertEquals(1, Arrays.stream(draws).map(x -> x * x).average().orElseThrow(), 0.02);
    // 68.27 % within 1, 4.55 % beyond 2.
    assertEquals(0.6827, Arrays.stream(draws).filter(x -> Math.abs(x) < 1).count() / 2e5, 0.005);
    assertEquals(0.0455, Arrays.stream(draws).filter(x -> Math.abs(x) > 2).count() / 2e5, 0.003);
    // Neighbours, in number and in step, know nothing of each other.
    for (int lag : List.of(1, 1000)) {
      double sum = 0;
      for (int i = lag; i < draws.length; i++) {
        sum += draws[i] * draws[i - lag];
      }
      assertEquals(0, sum / draws.length, 0.01);
    }
  }

  /** Halves of a batch, in any order, have the losses that the whole has. */
  @Test
  void aSampleHasTheSameMarginHoweverABatchIsDivided() {
    int[] labels = {0, 1, 2, 0, 1, 2, 1, 0};
    double whole = loss(labels, IntStream.range(0, 8).toArray());
    double first = loss(labels, new int[] {6, 1, 4, 3});
    double second = loss(labels, new int[] {0, 2, 7, 5});
    assertEquals(whole, (first + second) / 2, 1e-6);
  }

  private static double loss(int[] labels, int[] numbers) {
    Head head =
        new AngularHead(
            new Margin.Angular(new MarginSize.Elastic(0.5, 0.3, false), Guard.REFLECT), 10);
    Network network =
        new Network(
            new ImageShape(1, 4, 1),
            (layers, images) -> layers.dense("features", layers.flatten(images), 5),
            head,
            3);
    byte[] pixels = new byte[4 * numbers.length];
    int[] own = new int[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      own[i] = labels[numbers[i]];
      for (int k = 0; k < 4; k++) {
        pixels[4 * i + k] = (byte) (31 * (numbers[i] + 1) * (k + 3));
      }
    }
    try (TrainingGraph graph = graph(network)) {
      graph.initialize();
      return graph.step(new Batch(own.length, pixels, own, numbers), 5, 0.1, 1, 1).loss();
    }
  }

  private static TrainingGraph graph(Network network) {
    return new TrainingGraph(
        network, new Update(new Optimizer.Sgd(0, false, 0), 0), 1, Device.parse("cpu").session(1));
  }
}
