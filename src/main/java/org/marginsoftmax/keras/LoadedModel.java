package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/** A model in TensorFlow, its variables restored. Whoever loads it closes it. */
final class LoadedModel implements AutoCloseable {
  private final SavedModelFolder folder;
  private final SavedModelBundle bundle;

  private LoadedModel(SavedModelFolder folder, SavedModelBundle bundle) {
    this.folder = folder;
    this.bundle = bundle;
  }

  /**
   * Loads a model, which runs its initializers. Only for what passed the audit and the trial, or is
   * trusted.
   *
   * @throws ModelException if TensorFlow cannot
   */
  static LoadedModel load(SavedModelFolder folder) {
    try {
      return new LoadedModel(
          folder, SavedModelBundle.load(folder.path().toString(), SavedModelFolder.TAG));
    } catch (RuntimeException e) {
      // TensorFlow's exceptions have no other parent in common.
      throw new ModelException(
          folder.path(), "a model that TensorFlow loads", said(e), "export the model anew");
    }
  }

  /**
   * Runs a signature.
   *
   * @param inputs by the operands of the signature's inputs
   * @param outputs operands to fetch
   * @return as many tensors, the caller's to close
   * @throws ModelException if TensorFlow cannot
   */
  Result run(Map<String, Tensor> inputs, List<String> outputs) {
    try {
      Session.Runner runner = bundle.session().runner();
      inputs.forEach(runner::feed);
      outputs.forEach(runner::fetch);
      return runner.run();
    } catch (RuntimeException e) {
      throw new ModelException(
          folder.path(), "a signature that runs", said(e), "check the inputs, or the model");
    }
  }

  /** TensorFlow's messages go on with stacks and hints for Python. */
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
