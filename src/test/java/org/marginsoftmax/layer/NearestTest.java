package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The nearest classes are found block by block as from all cosines, ties included. */
class NearestTest {
  /** Few values, so that many cosines are equal, and some vectors are zero. */
  private static float[][] drawn(Random random, int rows, int columns) {
    float[][] values = new float[rows][columns];
    for (float[] row : values) {
      for (int k = 0; k < columns; k++) {
        row[k] = random.nextInt(3) - 1;
      }
    }
    return values;
  }

  /** As in a run: of constants TensorFlow would simplify the graph. */
  private static Operand<TFloat32> variable(
      Ops tf, Variables variables, String name, float[][] values) {
    Operand<TFloat32> first = tf.constant(values);
    return variables
        .get(name, first.shape(), Variable.Role.KERNEL, (ops, shape, seed, of) -> first)
        .value();
  }

  /** Numbers of the largest, the first of equal ones first. */
  private static int[] largest(float[] cosines, int count) {
    return IntStream.range(0, cosines.length)
        .boxed()
        .sorted(Comparator.comparingDouble(k -> -cosines[k]))
        .limit(count)
        .mapToInt(k -> k)
        .toArray();
  }

  @Test
  void areTheFirstOfTheLargestCosines() {
    Random random = new Random(5);
    for (int i = 0; i < 60; i++) {
      int perClass = 1 + random.nextInt(3);
      int perBlock = 1 + random.nextInt(4);
      int classes = 2 + random.nextInt(12);
      int count = 1 + random.nextInt(classes);
      int dimension = 1 + random.nextInt(4);
      float[][] x = drawn(random, 16, dimension);
      try (Graph graph = new Graph();
          Session session = new Session(graph)) {
        Ops tf = Ops.create(graph);
        Variables variables = new Variables(tf, 1);
        List<Operand<TFloat32>> blocks = new ArrayList<>();
        for (int from = 0; from < classes; from += perBlock) {
          int rows = Math.min(perBlock, classes - from) * perClass;
          blocks.add(variable(tf, variables, "block" + from, drawn(random, rows, dimension)));
        }
        Centers centers = Centers.of(blocks, perClass);
        Operand<TFloat32> features = variable(tf, variables, "features", x);
        session.run(variables.initialize());
        try (var result =
            session
                .runner()
                .fetch(MarginSoftmax.cosines(tf, features, centers))
                .fetch(MarginSoftmax.nearest(tf, features, centers, count))
                .run()) {
          float[][] cosines = StdArrays.array2dCopyOf((TFloat32) result.get(0));
          int[][] found = StdArrays.array2dCopyOf((TInt32) result.get(1));
          for (int n = 0; n < cosines.length; n++) {
            assertArrayEquals(largest(cosines[n], count), found[n]);
          }
        }
      }
    }
  }
}
