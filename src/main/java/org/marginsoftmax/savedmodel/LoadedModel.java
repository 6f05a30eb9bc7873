package org.marginsoftmax.savedmodel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.proto.SavedModel;

/** A model loaded into TensorFlow with its variables restored. Whoever loads it must close it. */
final class LoadedModel implements AutoCloseable {
  private static final boolean ONE_DNN = !"0".equals(System.getenv("TF_ENABLE_ONEDNN_OPTS"));

  private final SavedModelFolder folder;
  private final SavedModelBundle bundle;

  private LoadedModel(SavedModelFolder folder, SavedModelBundle bundle) {
    this.folder = folder;
    this.bundle = bundle;
  }

  /**
   * Loads a model, which runs its initializers. Only for models that passed the audit and the
   * trial, or are trusted.
   *
   * @throws InvalidInputException if TensorFlow cannot load it
   */
  static LoadedModel load(SavedModelFolder folder) {
    try {
      SavedModelBundle bundle =
          ONE_DNN && Float64MatMulRewriter.areIn(folder.metaGraph())
              ? rewritten(folder)
              : SavedModelBundle.load(folder.path().toString(), SavedModelFolder.TAG);
      assign(bundle, folder.variables(), ModelVariables.of(folder).ofPython());
      return new LoadedModel(folder, bundle);
    } catch (RuntimeException e) {
      // TensorFlow's exceptions have no other parent in common.
      throw InvalidModel.at(
          folder.path(), "a model that TensorFlow loads", said(e), "export the model anew");
    }
  }

  /** Loads a model with rewritten products, from a folder that shares the files of the original. */
  private static SavedModelBundle rewritten(SavedModelFolder folder) {
    try {
      Path copy = Files.createTempDirectory("margin-softmax-model");
      try {
        SavedModel model =
            SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(Float64MatMulRewriter.written(folder.metaGraph()))
                .build();
        Files.write(copy.resolve("saved_model.pb"), model.toByteArray());
        for (String part : List.of("variables", "assets")) {
          if (Files.isDirectory(folder.path().resolve(part))) {
            Files.createSymbolicLink(
                copy.resolve(part), folder.path().resolve(part).toAbsolutePath());
          }
        }
        return SavedModelBundle.load(copy.toString(), SavedModelFolder.TAG);
      } finally {
        try (Stream<Path> files = Files.list(copy)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
        Files.delete(copy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "model: expected room for a copy of its graph, found none; see java.io.tmpdir", e);
    }
  }

  /** Sets variables whose values TensorFlow's runtime does not restore but Python does. */
  private static void assign(
      SavedModelBundle bundle, Path checkpoint, List<ModelVariable> variables) {
    if (variables.isEmpty()) {
      return;
    }
    Ops tf = Ops.create(bundle.graph());
    List<Output<?>> values =
        CheckpointTensors.restore(
            tf, checkpoint, variables.stream().map(ModelVariable::saved).toList());
    Session.Runner runner = bundle.session().runner();
    for (int i = 0; i < values.size(); i++) {
      Scope scope = tf.scope();
      runner.addTarget(
          bundle
              .graph()
              .opBuilder("AssignVariableOp", scope.makeOpName("AssignVariableOp"), scope)
              .addInput(bundle.graph().operation(variables.get(i).handle()).output(0))
              .addInput(values.get(i))
              .setAttr("dtype", variables.get(i).type())
              .build());
    }
    runner.run().close();
  }

  /**
   * Runs a signature.
   *
   * @param inputs by the operands of the signature's inputs
   * @param outputs operands to compute
   * @return one tensor for each output, for the caller to close
   * @throws InvalidInputException if TensorFlow cannot run it
   */
  Result run(Map<String, Tensor> inputs, List<String> outputs) {
    try {
      Session.Runner runner = bundle.session().runner();
      inputs.forEach(runner::feed);
      outputs.forEach(runner::fetch);
      return runner.run();
    } catch (RuntimeException e) {
      throw InvalidModel.at(
          folder.path(), "a signature that runs", said(e), "check the inputs, or the model");
    }
  }

  /**
   * The first part of TensorFlow's message, without the stacks and hints for Python that follow.
   */
  private static String said(RuntimeException e) {
    List<String> lines = new ArrayList<>(String.valueOf(e.getMessage()).lines().toList());
    lines.removeIf(String::isBlank);
    return lines.isEmpty() ? e.toString() : "'" + lines.get(0).strip() + "'";
  }

  @Override
  public void close() {
    bundle.close();
  }
}
