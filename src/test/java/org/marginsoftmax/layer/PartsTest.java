package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/** The parts of a matrix start from its rows to the bit, made without the rest of it. */
class PartsTest {
  @TempDir Path dir;

  private static float[] first(
      Initializer initializer, Shape whole, long rows, long seed, boolean average) {
    ConfigProto threads = ConfigProto.newBuilder().setIntraOpParallelismThreads(4).build();
    try (Graph graph = new Graph();
        Session session = new Session(graph, threads)) {
      Variables variables = new Variables(Ops.create(graph), seed);
      Variables asked = average ? variables.averaged() : variables;
      List<Variable> parts = asked.parts("centers", whole, rows, Variable.Role.KERNEL, initializer);
      session.run(variables.initialize());
      Session.Runner runner = session.runner();
      parts.forEach(part -> runner.fetch(part.value()));
      float[] values = new float[(int) whole.size()];
      try (Result found = runner.run()) {
        int at = 0;
        for (int k = 0; k < found.size(); k++) {
          TFloat32 part = (TFloat32) found.get(k);
          assertEquals(whole.get(1), part.shape().get(1));
          float[] own = new float[(int) part.size()];
          part.asRawTensor().data().asFloats().read(own);
          System.arraycopy(own, 0, values, at, own.length);
          at += own.length;
        }
        assertEquals(values.length, at);
      }
      return values;
    }
  }

  private Path saved(Shape shape) {
    Path checkpoint = dir.resolve("saved" + shape.get(0) + "x" + shape.get(1));
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Variables variables = new Variables(Ops.create(graph), 7);
      variables.get("centers", shape, Variable.Role.KERNEL, Initializer.normal(1));
      VariableSaver.add(Ops.create(graph), variables.all());
      session.run(variables.initialize());
      session.save(checkpoint.toString());
    }
    return checkpoint;
  }

  private Map<String, Initializer> initializers(Shape whole, Random random) {
    int rows = (int) whole.get(0);
    long savedRows = rows + random.nextInt(5);
    Path saved = saved(Shape.of(savedRows, whole.get(1)));
    List<Integer> to = new ArrayList<>(IntStream.range(0, rows).boxed().toList());
    Collections.shuffle(to, random);
    int[] taken = to.stream().limit(random.nextInt(rows + 1)).mapToInt(i -> i).toArray();
    int[] from = random.ints(taken.length, 0, (int) savedRows).toArray();
    Map<String, Initializer> all = new LinkedHashMap<>();
    all.put("glorot", Initializer.glorotUniform());
    all.put("centers", Initializer.classCenters());
    all.put("uniform", Initializer.uniform(0.3));
    all.put("constant", Initializer.constant(2));
    all.put("normal", Initializer.normal(0.1));
    all.put("saved", Initializer.saved(saved(whole), "centers"));
    all.put(
        "saved rows",
        Initializer.savedRows(
            saved, "centers", savedRows, from, taken, Initializer.glorotUniform()));
    all.put(
        "saved rows over others that are made as a whole",
        Initializer.savedRows(saved, "centers", savedRows, from, taken, Initializer.heNormal()));
    return all;
  }

  /** Sizes of all remainders by four, the numbers that the generator makes at a time. */
  @Test
  void partsHaveTheRowsOfTheWhole() {
    Random random = new Random(3);
    for (int i = 0; i < 24; i++) {
      Shape whole = Shape.of(2 + random.nextInt(40), 1 + i % 12);
      long rows = 1 + random.nextInt((int) whole.get(0));
      long seed = random.nextLong();
      initializers(whole, random)
          .forEach(
              (name, initializer) -> {
                float[] expected = first(initializer, whole, whole.get(0), seed, false);
                String of = "%s %s in parts of %d".formatted(name, whole, rows);
                assertArrayEquals(expected, first(initializer, whole, rows, seed, false), of);
                assertArrayEquals(expected, first(initializer, whole, rows, seed, true), of);
              });
    }
  }

  /** Large enough for several threads to draw, each its share. */
  @Test
  void partsThatSeveralThreadsDrawAreTheSame() {
    for (Shape whole : List.of(Shape.of(30_011, 129), Shape.of(9_001, 512))) {
      float[] expected = first(Initializer.glorotUniform(), whole, whole.get(0), 1, false);
      for (long rows : new long[] {8_193, 2_047}) {
        assertArrayEquals(expected, first(Initializer.glorotUniform(), whole, rows, 1, false));
      }
    }
  }

  /** The usual first values of centers, of slots, and those of a run that goes on. */
  @Test
  void noWholeIsMadeOfWhatLargeMatricesStartFrom() {
    for (Initializer initializer :
        List.of(
            Initializer.glorotUniform(),
            Initializer.constant(0),
            Initializer.saved(dir, "centers"),
            Initializer.savedRows(
                dir, "centers", 2, new int[1], new int[1], Initializer.glorotUniform()))) {
      assertInstanceOf(Initializer.ByRows.class, initializer);
    }
  }
}
