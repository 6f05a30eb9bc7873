package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntConsumer;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Subset;
import org.marginsoftmax.eval.AgainstCenters;
import org.marginsoftmax.eval.DominantCenters;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.train.ScoringGraph;

/**
 * The test samples as a trained network sees them.
 *
 * @param embeddings of the test samples
 * @param against the embeddings compared with the class centers
 * @param shown the classes that a report shows
 * @param centers of these classes, one each; the dominant ones if a class has several
 * @param evaluation all metrics
 * @param suspects training samples of the gallery whose label is likely wrong
 */
record TestEvaluation(
    Embeddings embeddings,
    AgainstCenters against,
    ShownClasses shown,
    float[][] centers,
    Evaluation evaluation,
    Suspects suspects) {

  /**
   * Embeds the test samples and a gallery of training samples, and evaluates them.
   *
   * @param out gets progress if it takes long
   */
  static TestEvaluation of(
      ScoringGraph graph, Samples train, Samples tested, Protocol protocol, PrintStream out) {
    int[] drawn = Draw.balanced(train.labels(), protocol.gallerySamples(), protocol.seed());
    Samples gallery = new Subset(train, drawn);
    Embeddings test = new Embeddings(embed(graph, "test", tested, out), tested.labels());
    Embeddings known = new Embeddings(embed(graph, "training", gallery, out), gallery.labels());
    TrainedCenters centers = new TrainedCenters(graph);
    DominantCenters dominant = DominantCenters.of(known, centers);
    ShownClasses shown = ShownClasses.of(centers.classes(), test.labels(), protocol.seed());
    return ProgressDisplay.work(
        judging(test),
        out,
        progress -> {
          AgainstCenters against = AgainstCenters.of(test, centers, dominant, progress);
          return new TestEvaluation(
              test,
              against,
              shown,
              centers.rows(Arrays.stream(shown.classes()).map(k -> dominant.rows()[k]).toArray()),
              Evaluation.of(test, known, centers, dominant, against, protocol, progress),
              Suspects.of(known, drawn, centers, dominant));
        });
  }

  /** Evaluates samples of classes that were not trained on and so have no centers. */
  static Evaluation ofUnknownClasses(Embeddings test, Protocol protocol, PrintStream out) {
    return ProgressDisplay.work(
        judging(test), out, progress -> Evaluation.ofUnknownClasses(test, protocol, progress));
  }

  /** What is being done, for progress. */
  static String judging(Embeddings test) {
    return String.format(Locale.ROOT, "figures of %,d test samples", test.size());
  }

  /**
   * L2-normalised features of samples.
   *
   * @param out gets progress if it takes long
   */
  static float[][] embed(ScoringGraph graph, String what, Samples samples, PrintStream out) {
    return ProgressDisplay.work(
        String.format(Locale.ROOT, "%,d %s samples", samples.size(), what),
        out,
        progress -> {
          IntConsumer more = progress.begin("embedded", samples.size());
          int[] before = {0};
          return graph.embed(
              samples,
              done -> {
                more.accept(done - before[0]);
                before[0] = done;
              });
        });
  }
}
