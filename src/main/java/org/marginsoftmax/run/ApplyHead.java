package org.marginsoftmax.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.export.SavedModelWriter;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.HeadOutput;
import org.marginsoftmax.layer.HeadStep;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.VariableSaver;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.npy.NpyFile;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Applies a head to given arrays: computes the loss, the logits and both gradients, and can write
 * the head as a SavedModel.
 */
public final class ApplyHead {
  private ApplyHead() {}

  /**
   * The result of applying a head.
   *
   * @param head name of the head
   * @param loss mean over the samples
   * @param state values that the head carries to the next step, by name
   * @param folder where the arrays were written
   */
  public record Applied(String head, double loss, Map<String, Double> state, Path folder) {}

  /**
   * Applies a head and writes {@code loss.npy} [], {@code logits.npy} [N, C], {@code
   * grad_features.npy} [N, D] and {@code grad_centers.npy} [R, D]; also {@code state.json} if the
   * head has a state.
   *
   * @param strength share of the full margin that is applied, 0..1
   * @param seed of the random draws, used if {@code arrays} holds none
   * @param folder where to write the arrays; created if missing
   * @param model where to write a SavedModel of the head; null to write none
   * @throws InvalidInputException if the strength is out of range, or the head does not fit the
   *     arrays, or a folder cannot be written
   */
  public static Applied run(
      HeadConfig config, HeadArrays arrays, double strength, long seed, Path folder, Path model) {
    Head head = head(config, arrays);
    if (!(strength >= 0 && strength <= 1)) {
      throw new InvalidInputException(
          "margin strength: expected 0..1, found " + strength + "; 1 is the full margin");
    }
    OutputFolder.requireWritable("output", folder, "choose another with `out`");
    Path target =
        model == null
            ? null
            : OutputFolder.requireEmpty(model, "choose another with head `save-model`");
    int classes = arrays.classes(head.subcenters());
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Inputs in = Inputs.of(tf, arrays);
      HeadStep first =
          head.firstStep(tf, classes)
              .withStrength(tf.constant(strength))
              .withDraws(draws(tf, arrays, in.labels, seed));
      HeadOutput out =
          MarginSoftmax.apply(tf, head, in.features, in.labels, in.centers.value(), first);
      Signature signature = target == null ? null : signature(tf, in, out);
      VariableSaver.add(tf, in.variables.all());
      in.fill(tf, session, arrays);
      Applied result = write(session, in, out, arrays, config, folder);
      if (target != null) {
        SavedModelWriter.write(target, session, signature);
      }
      return result;
    }
  }

  /** The head of a configuration on these arrays, everything checked. */
  static Head head(HeadConfig config, HeadArrays arrays) {
    int perClass = config.subcenters();
    int classes = arrays.classes(perClass);
    return config.head(classes, arrays.countsOf(classes));
  }

  /** The placeholders that arrays are fed to, and the variable that holds the centers. */
  private record Inputs(
      Placeholder<TFloat32> features,
      Placeholder<TInt32> labels,
      Variables variables,
      Variable centers) {

    static Inputs of(Ops tf, HeadArrays arrays) {
      int[] shape = arrays.centers().shape();
      Variables variables = new Variables(tf, 0);
      return new Inputs(
          tf.withName("features")
              .placeholder(
                  TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, shape[1]))),
          tf.withName("labels")
              .placeholder(TInt32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE))),
          variables,
          variables.get(
              "centers",
              Shape.of(shape[0], shape[1]),
              Variable.Role.KERNEL,
              Initializer.constant(0)));
    }

    void fill(Ops tf, Session session, HeadArrays arrays) {
      Placeholder<TFloat32> value =
          tf.placeholder(TFloat32.class, Placeholder.shape(centers.shape()));
      try (TFloat32 rows = tensor(arrays.centers())) {
        session.runner().feed(value, rows).addTarget(centers.assign(tf, value)).run().close();
      }
    }
  }

  private static TFloat32 tensor(NpyFile.Floats array) {
    return TFloat32.tensorOf(
        Shape.of(array.shape()[0], array.shape()[1]), DataBuffers.of(array.values(), true, false));
  }

  private static Operand<TFloat64> draws(
      Ops tf, HeadArrays arrays, Operand<TInt32> labels, long seed) {
    return arrays.draws() != null
        ? tf.constant(arrays.draws())
        : tf.random.statelessRandomNormal(
            tf.shape(labels), tf.constant(new long[] {seed, 0}), TFloat64.class);
  }

  private static Signature signature(Ops tf, Inputs in, HeadOutput out) {
    return Signature.builder()
        .key(Signature.DEFAULT_KEY)
        .input("features", in.features)
        .input("labels", in.labels)
        .output("loss", out.loss())
        .output("loss_per_sample", out.lossPerSample())
        .output("logits", out.logits())
        .output("probabilities", out.probabilities())
        .output("cosines", out.cosines())
        .output("grad_features", out.gradFeatures())
        .output("grad_centers", out.gradCenters())
        .methodName("tensorflow/serving/predict")
        .build();
  }

  private static Applied write(
      Session session,
      Inputs in,
      HeadOutput out,
      HeadArrays arrays,
      HeadConfig config,
      Path folder) {
    try (TFloat32 x = tensor(arrays.features());
        TInt32 y = TInt32.vectorOf(arrays.labels())) {
      Session.Runner runner =
          session
              .runner()
              .feed(in.features, x)
              .feed(in.labels, y)
              .fetch(out.loss())
              .fetch(out.logits())
              .fetch(out.gradFeatures())
              .fetch(out.gradCenters());
      out.state().values().forEach(runner::fetch);
      try (Result result = runner.run()) {
        Files.createDirectories(folder);
        write(folder.resolve("loss.npy"), (TFloat32) result.get(0));
        write(folder.resolve("logits.npy"), (TFloat32) result.get(1));
        write(folder.resolve("grad_features.npy"), (TFloat32) result.get(2));
        write(folder.resolve("grad_centers.npy"), (TFloat32) result.get(3));
        Map<String, Double> state = new LinkedHashMap<>();
        for (String name : out.state().keySet()) {
          state.put(name, (double) ((TFloat32) result.get(4 + state.size())).getFloat());
        }
        if (!state.isEmpty()) {
          Json.write(folder.resolve("state.json"), state);
        }
        return new Applied(config.name(), ((TFloat32) result.get(0)).getFloat(), state, folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, TFloat32 tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.asRawTensor().data().asFloats().read(values);
    long[] shape = tensor.shape().asArray();
    int[] sizes = new int[shape.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.toIntExact(shape[i]);
    }
    NpyFile.write(file, values, sizes);
  }
}
