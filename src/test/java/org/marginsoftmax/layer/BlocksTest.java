package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.run.HeadConfig;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Every head computes the same on centers in blocks of any size as on centers in one. */
class BlocksTest {
  @Provide
  Arbitrary<String> heads() {
    return Arbitraries.of(Heads.names());
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF)
  void blocksAreOne(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll @IntRange(min = 6, max = 64) int d,
      @ForAll @IntRange(min = 3, max = 60) int c,
      @ForAll @IntRange(min = 1, max = 60) int block,
      @ForAll long seed) {
    Random random = new Random(seed);
    Head head = HeadConfig.named(name).head(c, random.ints(c, 1, 1000).toArray());
    float[][] x = Clouds.gaussian(random, n, d);
    float[][] w = Clouds.gaussian(random, c * head.subcenters(), d);
    int[] y = random.ints(n, 0, c).toArray();
    double[] draws = random.doubles(n).map(u -> random.nextGaussian()).toArray();
    Evaluated one = Evaluated.blocks(head, x, w, y, draws, c, Precision.FLOAT32);
    Evaluated several =
        Evaluated.blocks(head, x, w, y, draws, Math.min(c, block), Precision.FLOAT32);
    assertSame(name, one, several);
  }

  /**
   * A sample of the classes, in blocks that have some of them or none, is a head of these alone.
   */
  @Property(tries = 150, shrinking = ShrinkingMode.OFF)
  void aSampleIsItsClasses(
      @ForAll("heads") String name,
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll @IntRange(min = 6, max = 64) int d,
      @ForAll @IntRange(min = 3, max = 60) int c,
      @ForAll @IntRange(min = 1, max = 60) int block,
      @ForAll @IntRange(min = 0, max = 60) int others,
      @ForAll long seed) {
    Random random = new Random(seed);
    int[] counts = new int[c];
    Arrays.fill(counts, 7);
    Head head = HeadConfig.named(name).head(c, counts);
    int perClass = head.subcenters();
    float[][] x = Clouds.gaussian(random, n, d);
    float[][] w = Clouds.gaussian(random, c * perClass, d);
    int[] y = random.ints(n, 0, c).toArray();
    double[] draws = random.doubles(n).map(u -> random.nextGaussian()).toArray();
    int[] sample =
        IntStream.concat(Arrays.stream(y), random.ints(others, 0, c)).distinct().sorted().toArray();
    Assume.that(sample.length >= 2);
    Evaluated several = Evaluated.sampled(head, x, w, y, draws, Math.min(c, block), sample);
    assertSame(name, alone(head, x, w, y, draws, sample), several);
  }

  /** Margins of classes go by the class, not by its place in the sample. */
  @Test
  void theMarginIsThatOfTheClass() {
    Random random = new Random(5);
    int[] counts = {3, 900, 40, 7, 500, 60, 3, 12};
    int[] sample = {0, 3, 4, 7};
    int[] y = {3, 7, 4, 0, 7};
    float[][] x = Clouds.gaussian(random, y.length, 6);
    float[][] w = Clouds.gaussian(random, counts.length, 6);
    Map<String, Object> scale = Map.of("scale", 16.0);
    Head all = new HeadConfig("ldam", scale).head(counts.length, counts);
    Head own =
        new HeadConfig("ldam", scale)
            .head(sample.length, Arrays.stream(sample).map(j -> counts[j]).toArray());
    assertSame(
        "ldam",
        alone(own, x, w, y, null, sample),
        Evaluated.sampled(all, x, w, y, null, 3, sample));
  }

  /** The head on the sampled classes alone, numbered anew. */
  private static Evaluated alone(
      Head head, float[][] x, float[][] w, int[] y, double[] draws, int[] sample) {
    int perClass = head.subcenters();
    float[][] rows =
        Arrays.stream(sample)
            .boxed()
            .flatMap(j -> Arrays.stream(w, j * perClass, (j + 1) * perClass))
            .toArray(float[][]::new);
    int[] renumbered = Arrays.stream(y).map(j -> Arrays.binarySearch(sample, j)).toArray();
    return Evaluated.firstOf(head, x, rows, renumbered, draws, w.length / perClass);
  }

  private static void assertSame(String name, Evaluated one, Evaluated several) {
    int n = one.correct().length;
    // An angle near 0 has fewer digits than its cosine, which in few dimensions is common.
    double steep = name.equals("linear-angle") ? 10 : 1;
    assertEquals(one.loss(), several.loss(), steep * 1e-5 * Math.max(1, one.loss()), name);
    close(one.logits(), several.logits(), steep * 1e-6, name + " logits");
    close(one.cosines(), several.cosines(), 1e-6, name + " cosines");
    close(one.probabilities(), several.probabilities(), steep * 2e-5, name + " probabilities");
    close(one.gradFeatures(), several.gradFeatures(), steep * 2e-5, name + " features");
    close(one.gradCenters(), several.gradCenters(), steep * 2e-5, name + " centers");
    one.state()
        .forEach(
            (key, value) ->
                assertEquals(value, several.state().get(key), 1e-5 * Math.abs(value), name));
    for (int i = 0; i < n; i++) {
      assertEquals(one.correct()[i], several.correct()[i], name);
    }
  }

  private static void close(double[][] a, double[][] b, double share, String what) {
    assertEquals(a.length, b.length, what);
    double largest = 1e-30;
    for (double[] row : a) {
      for (double v : row) {
        largest = Math.max(largest, Math.abs(v));
      }
    }
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        assertEquals(a[i][j], b[i][j], share * largest, what + " " + i + " " + j);
      }
    }
  }

  /** Four megabytes each, but never more than classes, nor than TensorFlow prepares in a minute. */
  @Test
  void usualBlocksSuitTheCache() {
    assertEquals(1, Centers.usualBlocks(1_000, 1, 512));
    assertEquals(48, Centers.usualBlocks(100_000, 1, 512));
    assertEquals(48, Centers.usualBlocks(25_000, 4, 512));
    assertEquals(192, Centers.usualBlocks(1_000_000, 1, 512));
    assertEquals(192, Centers.usualBlocks(100_000_000, 1, 512));
    assertEquals(3, Centers.usualBlocks(3, 1, 10_000_000));
  }

  /** A training that looks at no matrix of samples by classes has no operations for them. */
  @ParameterizedTest
  @MethodSource("everyHead")
  void matricesOfAllClassesAreBuiltOnDemand(String name) {
    int[] counts = {3, 900, 40, 7, 500, 60};
    try (Graph graph = new Graph()) {
      HeadOutput out = inBlocksOfTwo(graph, name, counts);
      int before = size(graph);
      List<Operand<TFloat32>> matrices = List.of(out.logits(), out.cosines(), out.probabilities());
      matrices.forEach(Operand::op);
      int after = size(graph);
      assertTrue(after >= before + counts.length / 2, before + " operations, then " + after);
      matrices.forEach(Operand::asOutput);
      assertEquals(after, size(graph));
    }
  }

  /** TensorFlow takes kilobytes for a constant, and there are hundreds of blocks. */
  @ParameterizedTest
  @MethodSource("everyHead")
  void blocksShareTheirConstants(String name) {
    int most =
        switch (name) {
          case "soft-triple" -> 7;
          case "mv-arc", "mv-am" -> 4;
          case "linear-angle" -> 3;
          case "arcface", "cosface", "softmax" -> 0;
          default -> 2;
        };
    long perBlock = (constants(name, 9) - constants(name, 4)) / 5;
    assertTrue(perBlock <= most, name + ": " + perBlock + " constants a block");
  }

  private static long constants(String name, int blocks) {
    int[] counts = new int[2 * blocks];
    Arrays.fill(counts, 5);
    try (Graph graph = new Graph()) {
      inBlocksOfTwo(graph, name, counts);
      long constants = 0;
      for (Iterator<GraphOperation> all = graph.operations(); all.hasNext(); ) {
        constants += all.next().type().equals("Const") ? 1 : 0;
      }
      return constants;
    }
  }

  /** A head on four samples and blocks of two classes, with so many samples of each class. */
  private static HeadOutput inBlocksOfTwo(Graph graph, String name, int[] counts) {
    Head head = HeadConfig.named(name).head(counts.length, counts);
    Ops tf = Ops.create(graph);
    Shape shape = Shape.of(2L * head.subcenters(), 8);
    List<Operand<TFloat32>> blocks = new ArrayList<>();
    for (int k = 0; k < counts.length / 2; k++) {
      blocks.add(tf.placeholder(TFloat32.class, Placeholder.shape(shape)));
    }
    return MarginSoftmax.apply(
        tf,
        head,
        tf.constant(new float[4][8]),
        tf.constant(new int[] {0, 5, 2, 3}),
        Centers.of(blocks, head.subcenters()),
        head.firstStep(tf, counts.length).withDraws(tf.constant(new double[4])));
  }

  static Stream<String> everyHead() {
    return Heads.names().stream();
  }

  private static int size(Graph graph) {
    int size = 0;
    for (Iterator<GraphOperation> all = graph.operations(); all.hasNext(); all.next()) {
      size++;
    }
    return size;
  }
}
