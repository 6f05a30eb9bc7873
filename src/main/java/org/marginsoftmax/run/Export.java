package org.marginsoftmax.run;

import java.nio.file.Path;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.export.SavedModelWriter;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.WriteBack;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.VariableSaver;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.train.Network;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Exports a trained run, for serving or back to Keras. */
public final class Export {
  private static final String ELSEWHERE = "choose another with `to`";

  private Export() {}

  /**
   * The place of a served model in TensorFlow Serving's layout: NAME/VERSION below a folder.
   *
   * @param name letters, digits, points, dashes and underscores; it does not start with a point
   * @param version at least 1
   */
  public record Place(String name, int version) {
    /**
     * @throws InvalidInputException if the name or version is not one that TensorFlow Serving would
     *     find
     */
    public Place {
      if (!name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*") || version < 1) {
        throw new InvalidInputException(
            "export: expected a name of letters, digits, points, dashes and underscores and a version of at least 1, found '%s' and %d; say `name` faces `version` 1"
                .formatted(name, version));
      }
    }
  }

  /**
   * Exports the run in a folder for serving; see {@link #asServing(TrainedRun, Path, Place,
   * Integer)}.
   */
  public static Path asServing(Path run, Path to, Place place, Integer top) {
    try (TrainedRun trained = TrainedRun.open(run)) {
      return asServing(trained, to, place, top);
    }
  }

  /**
   * Exports a run as a model for serving: {@link org.marginsoftmax.export.ServedModel}.
   *
   * @param to the folder to write to; without a place it must be missing or empty
   * @param place below {@code to}, itself missing or empty, where other versions are left alone;
   *     null to write into {@code to} itself
   * @param top k, the number of classes that {@code classify} ranks; null for 5, or all if there
   *     are fewer
   * @return the folder of the model
   * @throws InvalidInputException if the run's data is gone, the folder is in use, k is out of
   *     range, or the network cannot be frozen
   */
  public static Path asServing(TrainedRun run, Path to, Place place, Integer top) {
    Path folder =
        place == null ? to : to.resolve(place.name()).resolve(String.valueOf(place.version()));
    Path target = OutputFolder.requireEmpty(folder, ELSEWHERE);
    ServedModel model = ServedRun.calibrated(run, top);
    model.write(target);
    if (model.card().preprocessing() != null) {
      run.progress().println("encoded takes " + model.card().preprocessing().encoded());
    }
    return folder;
  }

  /** Exports the run in a folder back to Keras; see {@link #asKeras(TrainedRun, Path)}. */
  public static void asKeras(Path run, Path to) {
    try (TrainedRun trained = TrainedRun.open(run)) {
      asKeras(trained, to);
    }
  }

  /**
   * Exports a run that fine-tuned a Keras model back to Keras. The result is the original folder
   * with the new weights, and with a signature {@code features} if the features come from an inner
   * layer. Its sub-folder {@code head} is a SavedModel from features to embedding and class
   * cosines, and {@code centers.npy} holds the class centers, [C K, D].
   *
   * @param to a folder that does not exist, or is empty
   * @throws InvalidInputException if the run was not made from a Keras model, or the folder is in
   *     use
   */
  public static void asKeras(TrainedRun run, Path to) {
    if (!(run.network().backbone() instanceof KerasBackbone backbone)) {
      throw new InvalidInputException(
          "export: expected a run made from a Keras model, found one of backbone %s in %s; use `as` serving"
              .formatted(run.config().backbone().name(), run.folder().path()));
    }
    Folders.write(
        OutputFolder.requireEmpty(to, ELSEWHERE),
        aside -> {
          WriteBack.write(backbone, run.variables(), aside);
          head(run.network(), backbone, run.variables(), aside);
        });
  }

  /** Writes the part of the network above the model's features as a SavedModel of its own. */
  static void head(Network network, KerasBackbone backbone, Path checkpoint, Path folder) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 0);
      Layers layers = Layers.scoring(tf, variables);
      Placeholder<TFloat32> features =
          tf.withName("features")
              .placeholder(TFloat32.class, Placeholder.shape(shape(network, backbone)));
      Operand<TFloat32> embedded = backbone.embedding(layers, features);
      Network.Scored scored = network.score(tf, variables, embedded);
      Operand<TFloat32> centers = scored.centers().all(tf);
      VariableSaver.add(tf, variables.all());
      try (Session session = new Session(graph)) {
        VariableSaver.restore(session, checkpoint);
        SavedModelWriter.write(
            folder.resolve("head"),
            session,
            Signature.builder()
                .key(Signature.DEFAULT_KEY)
                .input("features", features)
                .output("embedding", scored.embedding())
                .output("cosines", scored.cosines(tf))
                .methodName("tensorflow/serving/predict")
                .build());
        try (Result result = session.runner().fetch(centers).run()) {
          TFloat32 values = (TFloat32) result.get(0);
          float[] flat = new float[(int) values.size()];
          values.asRawTensor().data().asFloats().read(flat);
          NpyFile.write(
              folder.resolve("centers.npy"),
              flat,
              (int) centers.shape().get(0),
              (int) centers.shape().get(1));
        }
      }
    }
  }

  /** Shape of the model's own features, [N, ...]. */
  private static Shape shape(Network network, KerasBackbone backbone) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      long[] sizes = network.element().sizes().stream().mapToLong(size -> size).toArray();
      Operand<TFloat32> samples =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1).append(Shape.of(sizes))));
      return backbone.modelFeatures(Layers.scoring(tf, new Variables(tf, 0)), samples).shape();
    }
  }
}
