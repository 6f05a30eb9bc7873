package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Products of matrices with all forms of batches, and einsums with an ellipsis, labels that repeat
 * and sizes unknown beforehand: one step forward and backward against loops. As {@link
 * KernelTrials}, in a process of its own.
 */
final class ProductTrials {
  private static final List<String> EQUATIONS =
      List.of(
          "...mk,...kn->...mn",
          "...km,...kn->...mn",
          "...mk,...nk->...mn",
          "...km,...nk->...mn",
          "...k,kn->...n",
          "kn,...k->...n",
          "...k,k->...",
          "...k,...kn->...n",
          "m...k,kn->m...n",
          "...mk,k...n->m...n",
          "...kk,kn->...n",
          "...m,...->...m",
          "...,k->...k",
          "...k,...k->k...",
          "...mk,->m...",
          "mk,kn->mn",
          "cmk,ckn->cmn",
          "cmk,kn->cmn");

  private static final int[] SIZES = {1, 1, 2, 3, 4, 7, 16, 17, 40};
  private static final int[] BATCH = {1, 2, 3, 5, 8, 16};
  private static final String RESULT = "result";

  /** Share of the sum of the terms' sizes by which float32 may be off where they cancel. */
  private static final double ROUNDING = 2e-7;

  private final String equation;
  private final boolean matrices;
  private final boolean loose;

  /** Sizes of the labels, the axes of the ellipsis being digits. */
  private final Map<Character, Integer> sizes = new HashMap<>();

  private final String[] written = new String[3];
  private final int[][] shapes = new int[3][];

  private ProductTrials(Random random) {
    int chosen = random.nextInt(EQUATIONS.size());
    equation = EQUATIONS.get(chosen);
    matrices = chosen < 4 && random.nextBoolean();
    loose = random.nextInt(4) == 0;
    String batch = "0123".substring(0, random.nextInt(4));
    equation.chars().forEach(label -> sizes.put((char) label, SIZES[random.nextInt(9)]));
    batch.chars().forEach(label -> sizes.put((char) label, BATCH[random.nextInt(6)]));
    String[] sides = equation.split("->|,", -1);
    boolean[] shared = {sides[0].contains("..."), sides[1].contains("...")};
    int shorter = shared[0] && shared[1] ? random.nextInt(3) - 1 : -1;
    for (int i = 0; i < 3; i++) {
      String axes =
          i == shorter && batch.length() > 0
              ? batch.substring(random.nextInt(batch.length() + 1))
              : batch;
      written[i] = sides[i].replace("...", axes);
      shapes[i] = new int[written[i].length()];
      for (int axis = 0; axis < shapes[i].length; axis++) {
        char label = written[i].charAt(axis);
        boolean repeated = label <= '9' && i == shorter && random.nextBoolean();
        shapes[i][axis] = repeated ? 1 : sizes.get(label);
      }
    }
  }

  public static void main(String[] args) {
    Random random = new Random(Long.parseLong(args[0]));
    for (int i = 0; i < Integer.parseInt(args[1]); i++) {
      ProductTrials trial = new ProductTrials(new Random(random.nextLong()));
      System.out.println("trial " + i + " " + trial);
      trial.run(new Random(i));
    }
    System.out.println("done");
  }

  @Override
  public String toString() {
    return "%s%s of %s%s"
        .formatted(
            matrices ? "BatchMatMulV2 " : "",
            equation,
            Arrays.deepToString(Arrays.copyOf(shapes, 2)),
            loose ? " unknown before" : "");
  }

  private void run(Random random) {
    float[][] values = new float[3][];
    for (int i = 0; i < 3; i++) {
      values[i] = new float[size(shapes[i])];
      for (int j = 0; j < values[i].length; j++) {
        values[i][j] = (float) random.nextGaussian();
      }
    }
    double[][] expected = expected(values, false);
    double[][] terms = expected(values, true);
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 0);
      Layers layers =
          Layers.training(
              tf, variables, tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(2))));
      FlatGraphWriter writer = new FlatGraphWriter(layers.tf(), "", Map.of(), null);
      FlatGraph flat = new FlatGraph();
      for (int i = 0; i < 2; i++) {
        flat.add(new FlatNode("x" + i, "Placeholder", List.of(), Map.of()));
        writer.replace("x" + i + ":0", operand(layers, i, values[i]));
      }
      flat.add(new FlatNode(RESULT, type(), List.of("x0:0", "x1:0"), attributes()));
      Operand<TFloat32> y = writer.write(flat, RESULT + ":0").expect(TFloat32.class);
      Operand<TFloat32> features = tf.reshape(y, tf.array(1, size(shapes[2])));
      Operand<TFloat32> slopes = tf.reshape(tf.constant(values[2]), tf.array(1, size(shapes[2])));
      List<Variable> trained = List.copyOf(variables.trained());
      Session.Runner runner;
      var initialize = variables.initialize();
      try (Session session = new Session(graph)) {
        session.run(initialize);
        runner = session.runner().fetch(y);
        Backpropagation.gradients(graph, features, slopes, trained).forEach(runner::fetch);
        try (Result result = runner.run()) {
          compare("value", result, 0, expected[2], terms[2]);
          for (int i = 0; i < 2; i++) {
            String name = trained.get(i).name();
            int of = name.charAt(1) - '0';
            compare("gradient by " + name, result, i + 1, expected[of], terms[of]);
          }
        }
      }
    }
  }

  /** A variable, whose sizes a default may be replaced by others of. */
  private Operand<TFloat32> operand(Layers layers, int index, float[] values) {
    Shape shape = Shape.of(Arrays.stream(shapes[index]).asLongStream().toArray());
    Ops tf = layers.tf();
    Operand<TFloat32> own =
        layers
            .variable(
                "x" + index,
                shape,
                Variable.Role.KERNEL,
                (ops, sizes, seed, key) -> ops.reshape(ops.constant(values), ops.constant(sizes)))
            .value();
    // Only the first axis, as that of a batch of images is.
    boolean open = loose && shape.numDimensions() > 0 && written[index].startsWith("0");
    return open && shapes[index][0] > 1
        ? tf.placeholderWithDefault(
            own, Shape.of(-1).append(shape.takeLast(shape.numDimensions() - 1)))
        : own;
  }

  private String type() {
    return matrices ? "BatchMatMulV2" : "Einsum";
  }

  private Map<String, AttrValue> attributes() {
    AttrValue type = Models.type(DataType.DT_FLOAT);
    return matrices
        ? Map.of(
            "T",
            type,
            "adj_x",
            flag(equation.startsWith("...k")),
            "adj_y",
            flag(equation.contains(",...n")))
        : Map.of(
            "T",
            type,
            "N",
            AttrValue.newBuilder().setI(2).build(),
            "equation",
            AttrValue.newBuilder().setS(ByteString.copyFromUtf8(equation)).build());
  }

  private static AttrValue flag(boolean value) {
    return AttrValue.newBuilder().setB(value).build();
  }

  /**
   * Gradients by both operands, and the value.
   *
   * @param absolute whether terms are added up without their signs, which rounding errors follow
   */
  private double[][] expected(float[][] values, boolean absolute) {
    List<Character> labels = new ArrayList<>();
    String.join("", written).chars().distinct().forEach(label -> labels.add((char) label));
    int[] counts = labels.stream().mapToInt(sizes::get).toArray();
    double[][] found =
        IntStream.range(0, 3).mapToObj(i -> new double[values[i].length]).toArray(double[][]::new);
    for (int at = 0; at < size(counts); at++) {
      int left = at;
      Map<Character, Integer> place = new HashMap<>();
      for (int i = 0; i < counts.length; i++) {
        place.put(labels.get(i), left % counts[i]);
        left /= counts[i];
      }
      int a = index(0, place);
      int b = index(1, place);
      int y = index(2, place);
      found[2][y] += product(values[0][a], values[1][b], absolute);
      found[0][a] += product(values[2][y], values[1][b], absolute);
      found[1][b] += product(values[2][y], values[0][a], absolute);
    }
    return found;
  }

  private static double product(double a, double b, boolean absolute) {
    return absolute ? Math.abs(a * b) : a * b;
  }

  private int index(int operand, Map<Character, Integer> place) {
    int index = 0;
    for (int axis = 0; axis < shapes[operand].length; axis++) {
      int size = shapes[operand][axis];
      index = index * size + (size == 1 ? 0 : place.get(written[operand].charAt(axis)));
    }
    return index;
  }

  private static int size(int[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  private static void compare(
      String what, Result result, int index, double[] expected, double[] terms) {
    TFloat32 tensor = (TFloat32) result.get(index);
    float[] found = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(found);
    double largest = 1;
    double distance = 0;
    double rounding = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      distance = Math.max(distance, Math.abs(expected[i] - found[i]));
      rounding = Math.max(rounding, terms[i] * ROUNDING);
    }
    if (found.length != expected.length || !(distance <= 1e-5 * largest + rounding)) {
      System.out.println("wrong %s by %.2g".formatted(what, distance / largest));
    }
  }
}
