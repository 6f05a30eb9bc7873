package org.marginsoftmax.savedmodel;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;

/**
 * The process in which models are tried: it loads one after the other, runs them on zeros and
 * reports the outcome. {@link TrialProcess} starts, watches and ends it.
 */
final class TrialChild {
  /** Stands for any size that the signature leaves open, apart from the number of rows. */
  private static final int OPEN_SIZE = 32;

  /** The answer for a model that loaded and ran. */
  static final String OK = "ok";

  private static final int MOST_INPUT = 1 << 27;

  private TrialChild() {}

  /**
   * @param args a word that begins every answer: models may write to standard output too
   */
  public static void main(String[] args) throws IOException {
    endWithParent();
    warmUp();
    DataInputStream in = new DataInputStream(System.in);
    System.out.println(args[0] + "ready");
    try {
      while (true) {
        String folder = in.readUTF();
        String signature = in.readUTF();
        System.out.println("\n" + args[0] + attempt(Path.of(folder), signature));
      }
    } catch (EOFException e) {
      // The parent needs no more.
    }
  }

  /** Ends this process with its parent, so that a model that hangs does not outlive it. */
  private static void endWithParent() {
    ProcessHandle.current()
        .parent()
        .ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
  }

  /** Runs what TensorFlow needs only once, so that it is not counted against a model. */
  private static void warmUp() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      session.runner().fetch(Ops.create(graph).constant(1f)).run().close();
    }
  }

  /** {@code ok}, or a message. What a run complains of is the run's to say, with real inputs. */
  private static String attempt(Path path, String signature) {
    try {
      SavedModelFolder folder = SavedModelFolder.read(path);
      try (LoadedModel model = LoadedModel.load(folder)) {
        for (SignatureSpec spec : SignatureSpec.all(folder)) {
          if (signature.isEmpty() || signature.equals(spec.name())) {
            run(model, spec);
          }
        }
      }
      return OK;
    } catch (InvalidInputException e) {
      return e.getMessage();
    } catch (RuntimeException | OutOfMemoryError e) {
      return InvalidModel.line(e.toString());
    }
  }

  private static void run(LoadedModel model, SignatureSpec signature) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    try {
      for (TensorSpec input : signature.inputs()) {
        Tensor zeros = input.operand().isEmpty() ? null : Tensors.zeros(input, sizes(input));
        if (zeros == null) {
          return;
        }
        inputs.put(input.operand(), zeros);
      }
      List<String> outputs = new ArrayList<>();
      signature.outputs().stream()
          .map(TensorSpec::operand)
          .filter(operand -> !operand.isEmpty())
          .distinct()
          .forEach(outputs::add);
      // Only that it comes back matters.
      model.run(inputs, outputs).close();
    } catch (InvalidInputException e) {
      // Zeros may be no input for this model.
    } finally {
      inputs.values().forEach(Tensor::close);
    }
  }

  private static int[] sizes(TensorSpec input) {
    if (input.shape() == null) {
      return new int[] {1};
    }
    int[] sizes = new int[input.shape().size()];
    long product = 1;
    for (int i = 0; i < sizes.length; i++) {
      long size = input.shape().get(i);
      size = size >= 0 ? size : i == 0 ? 1 : OPEN_SIZE;
      product = size > MOST_INPUT ? MOST_INPUT + 1L : Math.min(product * size, MOST_INPUT + 1L);
      if (product > MOST_INPUT) {
        throw InvalidModel.at(
            "signature", "an input that fits into memory", input.toString(), "export it anew");
      }
      sizes[i] = (int) size;
    }
    return sizes;
  }
}
