package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Result;
import org.tensorflow.Tensor;

/**
 * Runs one signature of a model for one of its outputs: arrays in, an array out. Whoever opens it
 * must close it. It may be used from several threads.
 */
public final class SignatureRunner implements AutoCloseable {
  private static final String EMBEDDING = "embedding";

  private final SavedModelFolder folder;
  private final SignatureSpec signature;
  private final InputValues values;
  private final TensorSpec output;
  private final LoadedModel model;

  private SignatureRunner(
      SavedModelFolder folder, InputValues values, TensorSpec output, LoadedModel model) {
    this.folder = folder;
    this.signature = values.open();
    this.values = values;
    this.output = output;
    this.model = model;
  }

  /**
   * Opens a model of unknown origin, {@link Trust#NONE}.
   *
   * @param signature null for {@code serving_default}, or else the only one
   * @param output null for the only one, or else the only float output [N, D]
   * @throws InvalidInputException if the model does not pass the audit and trial, or there is no
   *     such signature or output
   */
  public static SignatureRunner open(SavedModelFolder folder, String signature, String output) {
    return open(folder, signature, output, Map.of(), Trust.NONE);
  }

  /**
   * Opens a model from a known source without audit and trial, {@link Trust#FULL}: it may do
   * anything the process may do.
   *
   * @param signature null for {@code serving_default}, or else the only one
   * @param output null for the only one, or else the only float output [N, D]
   * @throws InvalidInputException if there is no such signature or output
   */
  public static SignatureRunner openTrusted(
      SavedModelFolder folder, String signature, String output) {
    return open(folder, signature, output, Map.of(), Trust.FULL);
  }

  /**
   * Opens a model, with fixed values for inputs that do not change from row to row.
   *
   * @param signature null for {@code serving_default}, or else the only one
   * @param output null for the only one, or else the only float output [N, D]
   * @param values numbers, true or false by input name, the same for every run
   * @param trust decides which checks the model has to pass first
   * @throws InvalidInputException if the model does not pass, there is no such signature, output or
   *     input, or a value is not valid for its input
   */
  public static SignatureRunner open(
      SavedModelFolder folder,
      String signature,
      String output,
      Map<String, String> values,
      Trust trust) {
    SignatureSpec spec = SignatureSpec.of(folder, signature);
    TensorSpec chosen = output(folder, spec, output);
    InputValues fed = InputValues.of(folder, spec, values);
    trust.admit(folder, spec.name());
    return new SignatureRunner(folder, fed, chosen, LoadedModel.load(folder));
  }

  /**
   * The output with this name; without one the only output, the only one of floats [N, D], or of
   * several such the one that is called an embedding, as exported runs have it.
   */
  private static TensorSpec output(SavedModelFolder folder, SignatureSpec signature, String name) {
    List<TensorSpec> outputs = signature.outputs();
    List<TensorSpec> fitting =
        outputs.stream().filter(o -> name == null ? isFeatures(o) : o.name().equals(name)).toList();
    TensorSpec chosen =
        name == null && outputs.size() == 1
            ? outputs.get(0)
            : fitting.stream()
                .filter(o -> fitting.size() == 1 || o.name().equals(EMBEDDING))
                .findFirst()
                .orElse(null);
    if (chosen == null) {
      throw InvalidModel.at(
          folder.path(),
          name == null
              ? "one output of floats [N, D] in signature " + signature.name()
              : "an output " + name + " in signature " + signature.name(),
          outputs.isEmpty() ? "none at all" : list(outputs),
          "choose one with `output-name`");
    }
    checkDense(folder, chosen);
    signature.inputs().forEach(input -> checkDense(folder, input));
    return chosen;
  }

  private static boolean isFeatures(TensorSpec output) {
    return Shapes.isFloat(output.type()) && output.shape() != null && output.shape().size() == 2;
  }

  private static void checkDense(SavedModelFolder folder, TensorSpec tensor) {
    if (tensor.operand().isEmpty()) {
      throw InvalidModel.at(
          folder.path(), "dense tensors", "a sparse or composite " + tensor, "choose another");
    }
  }

  private static String list(List<TensorSpec> tensors) {
    return tensors.stream().map(TensorSpec::toString).collect(Collectors.joining("; "));
  }

  /** The signature that is run, reduced to the inputs that each run has to be given. */
  public SignatureSpec signature() {
    return signature;
  }

  /** The output that is computed. */
  public TensorSpec output() {
    return output;
  }

  /**
   * The fixed number of rows that the model takes at once, -1 if it takes any number. If fewer are
   * given, they are padded with copies of the first row, whose results are removed.
   */
  public int fixedRows() {
    return signature.inputs().stream()
        .filter(input -> input.shape() != null && !input.shape().isEmpty())
        .mapToInt(input -> (int) Math.min(Integer.MAX_VALUE, input.shape().get(0)))
        .max()
        .orElse(-1);
  }

  /**
   * Runs a model that has a single input to feed.
   *
   * @param input [N, ...]; an axis for a single channel may be left out
   * @return the output, usually [N, ...]
   * @throws InvalidInputException if the model has several inputs, or the input does not fit the
   *     signature
   */
  public Numbers run(Numbers input) {
    if (signature.inputs().size() != 1) {
      throw wrongInputs(List.of("a single array"));
    }
    return run(Map.of(signature.inputs().get(0).name(), input));
  }

  /**
   * Runs the model.
   *
   * @param inputs all of them by name, with the same number of rows
   * @return the output, usually [N, ...]
   * @throws InvalidInputException if names, shapes or numbers do not fit the signature
   */
  public Numbers run(Map<String, Numbers> inputs) {
    requireNames(inputs);
    int rows = rows(inputs);
    try (BareRun bare = bare(inputs);
        Result result = model.run(bare.tensors, List.of(output.operand()))) {
      Numbers numbers = Tensors.numbers(folder.path(), output, result.get(0));
      boolean padded = numbers.shape().length > 0 && numbers.rows() > rows;
      return padded && numbers.rows() == fixedRows() ? numbers.rows(0, rows) : numbers;
    }
  }

  /** Inputs as tensors, with which the model can be run without reading its output. */
  public final class BareRun implements Runnable, AutoCloseable {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private BareRun() {}

    @Override
    public void run() {
      model.run(tensors, List.of(output.operand())).close();
    }

    @Override
    public void close() {
      tensors.values().forEach(Tensor::close);
    }
  }

  /**
   * Makes tensors of inputs, for the caller to close.
   *
   * @param inputs all of them by name, with the same number of rows
   * @throws InvalidInputException if names, shapes or numbers do not fit the signature
   */
  public BareRun bare(Map<String, Numbers> inputs) {
    requireNames(inputs);
    int rows = rows(inputs);
    int padded = Math.max(rows, fixedRows());
    BareRun bare = new BareRun();
    try {
      for (TensorSpec input : signature.inputs()) {
        Numbers fitted = Tensors.fitted(folder.path(), input, inputs.get(input.name()));
        boolean scalar = fitted.shape().length == 0;
        bare.tensors.put(
            input.operand(),
            Tensors.of(
                folder.path(), input, scalar || padded == rows ? fitted : fitted.padded(padded)));
      }
      for (TensorSpec input : values.signature().inputs()) {
        Numbers value = values.values().get(input.name());
        if (value != null) {
          bare.tensors.put(input.operand(), Tensors.of(folder.path(), input, value));
        }
      }
      return bare;
    } catch (RuntimeException e) {
      bare.close();
      throw e;
    }
  }

  private void requireNames(Map<String, Numbers> inputs) {
    if (!inputs.keySet().equals(names().keySet())) {
      throw wrongInputs(new ArrayList<>(new TreeSet<>(inputs.keySet())));
    }
  }

  private Map<String, TensorSpec> names() {
    Map<String, TensorSpec> names = new LinkedHashMap<>();
    signature.inputs().forEach(input -> names.put(input.name(), input));
    return names;
  }

  private int rows(Map<String, Numbers> inputs) {
    int rows = -1;
    for (Map.Entry<String, Numbers> input : inputs.entrySet()) {
      if (input.getValue().shape().length > 0) {
        int found = input.getValue().rows();
        if (rows >= 0 && found != rows) {
          throw InvalidModel.at(
              folder.path(),
              "inputs of equally many rows",
              "%d and %d".formatted(rows, found),
              "give as many of each");
        }
        rows = found;
      }
    }
    if (fixedRows() >= 0 && rows > fixedRows()) {
      throw InvalidModel.at(
          folder.path(), "at most " + fixedRows() + " rows", rows + "", "give them in batches");
    }
    return rows;
  }

  private InvalidInputException wrongInputs(List<String> found) {
    return InvalidModel.at(
        folder.path(),
        "inputs " + list(signature.inputs()),
        found.isEmpty() ? "none" : String.join(", ", found),
        "give each by its name");
  }

  @Override
  public void close() {
    model.close();
  }
}
