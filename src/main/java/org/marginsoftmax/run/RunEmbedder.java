package org.marginsoftmax.run;

import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.train.ScoringGraph;

/** The network of a run. Closing it leaves the run open. */
record RunEmbedder(TrainedRun run) implements SampleEmbedder {
  @Override
  public DataConfig reading(String source) {
    // Other images are brought to the size and colour that the network takes.
    return run.config().data().withSource(source).fitting(run.record().data().element());
  }

  @Override
  public void requireFit(Samples samples, String where) {
    ElementSpec trained = run.record().data().element();
    if (!samples.element().equals(trained)) {
      boolean images = trained instanceof ImageShape && samples.element() instanceof ImageShape;
      throw new InvalidInputException(
          "data: expected %s%s as the run was trained on, found %s in %s; %s"
              .formatted(
                  images ? "images of " : "",
                  trained,
                  samples.element(),
                  where,
                  images ? "resize them" : "give samples of that shape"));
    }
  }

  @Override
  public float[][] embed(String what, Samples samples) {
    try (ScoringGraph graph = run.restore(run.config().loop().session())) {
      return TestEvaluation.embed(graph, what, samples, run.progress());
    }
  }

  @Override
  public void close() {
    // The run is closed by who opened it.
  }
}
