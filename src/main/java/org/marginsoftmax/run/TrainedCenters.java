package org.marginsoftmax.run;

import java.util.function.IntConsumer;
import org.marginsoftmax.eval.ClassCenters;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.train.ScoringGraph;

/** The class centers of a trained network, which stay in TensorFlow's memory. */
record TrainedCenters(ScoringGraph graph) implements ClassCenters {
  @Override
  public int classes() {
    return graph.classes();
  }

  @Override
  public int perClass() {
    return graph.subcenters();
  }

  @Override
  public float[][] rows(int[] rows) {
    return graph.centers(rows);
  }

  @Override
  public int[][] nearest(Embeddings embeddings, IntConsumer done) {
    return graph.nearest(embeddings.vectors(), done);
  }
}
