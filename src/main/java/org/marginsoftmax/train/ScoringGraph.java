package org.marginsoftmax.train;

import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.layer.VariableSaver;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/**
 * The graph of a trained network that scores samples, without labels and without the parts for
 * training.
 */
public final class ScoringGraph implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Session session;
  private final String input;
  private final Network.Scoring scoring;
  private final Operand<TFloat32> cosines;
  private final Operand<TFloat32> centers;

  private ScoringGraph(Network network, ConfigProto config) {
    Ops tf = Ops.create(graph);
    Variables variables = new Variables(tf, 0);
    input = network.inputName();
    scoring = network.scoring(tf, variables);
    cosines = scoring.of().cosines(tf);
    centers = scoring.of().centers().all(tf);
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

  /** Class centers as trained, not normalised, [C K][D] with K centers per class. */
  public float[][] centers() {
    try (Result result = session.runner().fetch(centers).run()) {
      return StdArrays.array2dCopyOf((TFloat32) result.get(0));
    }
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
