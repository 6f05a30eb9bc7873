package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Subset;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;

/** Angles of samples to the class centers, against a plain computation in float64. */
class CenterAnglesTest {
  private static final int DIMENSION = 6;

  @TempDir Path dir;
  private Samples samples;

  @BeforeEach
  void setUp() throws IOException {
    samples = IdxFolder.read(Idx.folder(dir.resolve("data"), 5, 8, 9)).test();
  }

  private TrainingGraph graph(float[][] centers, int perClass) {
    float[] flat = new float[centers.length * DIMENSION];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = centers[i / DIMENSION][i % DIMENSION];
    }
    return graph(
        network(perClass)
            .withCenters(
                (tf, shape, seed, name) -> tf.reshape(tf.constant(flat), tf.constant(shape))));
  }

  private Network network(int perClass) {
    return new Network(
        samples.element(),
        (layers, images) -> layers.dense("a", layers.flatten(images), DIMENSION),
        AngularHead.arcFace(0.3, 10).withSubcenters(perClass),
        5);
  }

  private static TrainingGraph graph(Network network) {
    TrainingGraph graph =
        new TrainingGraph(
            network, new Optimizer.Sgd(0, false, 0), 0, 1, Device.parse("cpu").session(1));
    graph.initialize();
    return graph;
  }

  private static double degrees(float[] u, float[] v) {
    double dot = 0;
    double uu = 0;
    double vv = 0;
    for (int k = 0; k < u.length; k++) {
      dot += (double) u[k] * v[k];
      uu += (double) u[k] * u[k];
      vv += (double) v[k] * v[k];
    }
    return uu == 0 || vv == 0 ? 90 : Math.toDegrees(Math.acos(dot / Math.sqrt(uu * vv)));
  }

  @Test
  void anglesAreThoseToTheNearestCenters() {
    SplittableRandom random = new SplittableRandom(4);
    for (int perClass = 1; perClass <= 3; perClass++) {
      for (int round = 0; round < 4; round++) {
        float[][] centers = new float[5 * perClass][DIMENSION];
        for (float[] center : centers) {
          // Of any norm, and a zero once in a while.
          double norm =
              round == 3 && random.nextInt(3) == 0 ? 0 : Math.pow(10, random.nextInt(-3, 4));
          for (int k = 0; k < DIMENSION; k++) {
            center[k] = (float) (norm * random.nextDouble(-1, 1));
          }
        }
        try (TrainingGraph graph = graph(centers, perClass)) {
          float[][] units = graph.embed(samples);
          float[] own = new float[units.length];
          float[] other = new float[units.length];
          for (int i = 0; i < units.length; i++) {
            float[] unit = units[i];
            int label = samples.label(i);
            int each = perClass;
            own[i] =
                (float)
                    IntStream.range(0, centers.length)
                        .filter(row -> row / each == label)
                        .mapToDouble(row -> degrees(unit, centers[row]))
                        .min()
                        .orElseThrow();
            other[i] =
                (float)
                    IntStream.range(0, centers.length)
                        .filter(row -> row / each != label)
                        .mapToDouble(row -> degrees(unit, centers[row]))
                        .min()
                        .orElseThrow();
          }
          ValidationAngles found = graph.angles(samples);
          assertClose(AngleHistogram.of(own), found.own());
          assertClose(AngleHistogram.of(other), found.other());
        }
      }
    }
  }

  private static void assertClose(AngleHistogram expected, AngleHistogram found) {
    assertEquals(expected.size(), found.size());
    assertArrayEquals(expected.counts(), found.counts());
    assertEquals(expected.smallest(), found.smallest(), 1e-4);
    assertEquals(expected.largest(), found.largest(), 1e-4);
    assertEquals(expected.sum(), found.sum(), 1e-3);
    assertEquals(expected.sumOfSquares(), found.sumOfSquares(), 1e-5 * expected.sumOfSquares());
  }

  @Test
  void blocksOfClassesMakeNoDifference() {
    for (int perClass = 1; perClass <= 2; perClass++) {
      ValidationAngles one;
      try (TrainingGraph graph = graph(network(perClass))) {
        one = graph.angles(samples);
      }
      for (int shards = 2; shards <= 5; shards++) {
        try (TrainingGraph graph = graph(network(perClass).withShards(shards))) {
          ValidationAngles found = graph.angles(samples);
          assertClose(one.own(), found.own());
          assertClose(one.other(), found.other());
        }
      }
    }
  }

  /** The arc cosine of a float32 is off by hundredths of a degree there. */
  @Test
  void aSampleOnItsCenterHasNoAngle() {
    float[][] units;
    try (TrainingGraph graph = graph(new float[5][DIMENSION], 1)) {
      units = graph.embed(samples);
    }
    float[][] centers = new float[5][];
    int[] firsts = new int[5];
    for (int i = units.length - 1; i >= 0; i--) {
      centers[samples.label(i)] = units[i];
      firsts[samples.label(i)] = i;
    }
    try (TrainingGraph graph = graph(centers, 1)) {
      AngleHistogram own = graph.angles(new Subset(samples, firsts)).own();
      assertEquals(5, own.counts()[0]);
      assertTrue(own.largest() < 1e-4, "" + own.largest());
    }
  }

  /** Of many samples 10,000 that are spread over all. */
  @Test
  void takesSomeOfManySamples() {
    int[] ofEachClass = new int[5];
    for (int i = 0; i < samples.size(); i++) {
      ofEachClass[samples.label(i)] = i;
    }
    // Class by class, as samples come: 4,100 of each class, but 4,600 of the last.
    int[] many = new int[21_000];
    Arrays.setAll(many, i -> ofEachClass[Math.min(4, i / 4_100)]);
    SplittableRandom random = new SplittableRandom(6);
    float[][] centers = new float[5][DIMENSION];
    for (float[] center : centers) {
      for (int k = 0; k < DIMENSION; k++) {
        center[k] = (float) random.nextDouble(-1, 1);
      }
    }
    try (TrainingGraph graph = graph(centers, 1)) {
      AngleHistogram each = graph.angles(new Subset(samples, ofEachClass)).own();
      AngleHistogram own = graph.angles(new Subset(samples, many)).own();
      assertEquals(10_000, own.size());
      assertEquals(5, Arrays.stream(each.counts()).filter(c -> c > 0).count());
      int seen = 0;
      for (int k = 0; k < 180; k++) {
        assertEquals(each.counts()[k] > 0, own.counts()[k] > 0, "bin " + k);
        assertTrue(own.counts()[k] == 0 || Math.abs(own.counts()[k] - 1_970) < 250);
        seen += own.counts()[k];
      }
      assertEquals(10_000, seen);
    }
  }
}
