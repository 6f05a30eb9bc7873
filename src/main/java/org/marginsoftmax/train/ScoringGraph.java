package org.marginsoftmax.train;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.layer.VariableSaver;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The graph of a trained network that scores samples, without labels and without the parts for
 * training.
 */
public final class ScoringGraph implements AutoCloseable {
  private static final int AT_ONCE = 256;

  /** Most classes that {@link #nearest} finds. */
  private static final int NEAREST = 5;

  private final Graph graph = new Graph();
  private final Session session;
  private final String input;
  private final Network.Scoring scoring;
  private final Operand<TFloat32> cosines;
  private final Placeholder<TInt32> rows;
  private final Operand<TFloat32> ofRows;
  private final Operand<TInt32> nearest;

  private ScoringGraph(Network network, ConfigProto config) {
    Ops tf = Ops.create(graph);
    Variables variables = new Variables(tf, 0);
    input = network.inputName();
    scoring = network.scoring(tf, variables);
    cosines = scoring.of().cosines(tf);
    rows = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE)));
    ofRows = scoring.of().centers().gather(tf, rows);
    nearest = scoring.of().nearest(tf, Math.min(NEAREST, network.classes()));
    VariableSaver.add(tf, variables.inModel());
    session = new Session(graph, config);
  }

  /**
   * Builds the graph with the variables of a checkpoint; the caller must close it.
   *
   * @param variables prefix of the checkpoint's files, as returned by {@link Checkpoints#variables}
   * @throws org.marginsoftmax.InvalidInputException if the checkpoint is damaged or does not fit
   *     the network
   */
  public static ScoringGraph restore(Network network, ConfigProto config, Path variables) {
    ScoringGraph scoringGraph = new ScoringGraph(network, config);
    try {
      VariableSaver.restore(scoringGraph.session, variables);
    } catch (RuntimeException e) {
      scoringGraph.close();
      throw e;
    }
    return scoringGraph;
  }

  /** L2-normalised features, one row per sample, [n][D]. */
  public float[][] embed(Samples samples) {
    return Scores.of(session, scoring, scoring.of().embedding(), samples);
  }

  /**
   * L2-normalised features, one row per sample, [n][D]; {@code progress} receives the number of
   * samples done.
   */
  public float[][] embed(Samples samples, IntConsumer progress) {
    return Scores.of(session, scoring, scoring.of().embedding(), samples, progress);
  }

  /** Cosines to the nearest center of each class, one row per sample, [n][C]. */
  public float[][] cosines(Samples samples) {
    return Scores.of(session, scoring, cosines, samples);
  }

  /** C, number of classes. */
  public int classes() {
    return scoring.of().centers().classes();
  }

  /** K, number of centers per class. */
  public int subcenters() {
    return scoring.of().centers().subcenters();
  }

  /**
   * Some of the class centers as trained, not normalised.
   *
   * @param wanted rows of the centers, K for each class, class by class
   * @return [wanted.length][D]
   */
  public float[][] centers(int[] wanted) {
    try (TInt32 fed = TInt32.vectorOf(wanted);
        Result result = session.runner().feed(rows, fed).fetch(ofRows).run()) {
      return StdArrays.array2dCopyOf((TFloat32) result.get(0));
    }
  }

  /**
   * The classes with the largest cosines to each of some features, the largest first, [n][min(5,
   * C)].
   *
   * @param features [n][D]
   * @param done hears how many are done since the last time
   */
  public int[][] nearest(float[][] features, IntConsumer done) {
    int[][] classes = new int[features.length][];
    for (int first = 0; first < classes.length; first += AT_ONCE) {
      float[][] some =
          Arrays.copyOfRange(features, first, Math.min(classes.length, first + AT_ONCE));
      try (TFloat32 fed =
              TFloat32.tensorOf(
                  Shape.of(some.length, some[0].length), data -> StdArrays.copyTo(some, data));
          Result result =
              session.runner().feed(scoring.of().features(), fed).fetch(nearest).run()) {
        int[][] found = StdArrays.array2dCopyOf((TInt32) result.get(0));
        System.arraycopy(found, 0, classes, first, found.length);
      }
      done.accept(some.length);
    }
    return classes;
  }

  /** The session, for writing a SavedModel. */
  public Session session() {
    return session;
  }

  /** The signature {@code serving_default}: from images or features to embedding and cosines. */
  public Signature signature() {
    return Signature.builder()
        .key(Signature.DEFAULT_KEY)
        .input(input, scoring.elements())
        .output("embedding", scoring.of().embedding())
        .output("cosines", cosines)
        .methodName("tensorflow/serving/predict")
        .build();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
