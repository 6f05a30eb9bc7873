package org.marginsoftmax.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A point of the training curves.
 *
 * @param step from 1
 * @param loss mean over the batch
 * @param accuracy on the batch without the margin, 0..1
 * @param learningRate of the step
 * @param marginStrength 0..1
 * @param validation the figure of the validation samples; null except at the end of an epoch
 */
public record Curve(
    long step,
    double loss,
    double accuracy,
    double learningRate,
    double marginStrength,
    Double validation) {

  /** At most about n points, each the mean of its neighbours; validations are all kept. */
  static List<Curve> thinned(List<Curve> curve, int n) {
    int group = Math.max(1, (curve.size() + n - 1) / n);
    List<Curve> thinned = new ArrayList<>();
    for (int start = 0; start < curve.size(); ) {
      int end = start;
      double loss = 0;
      double accuracy = 0;
      do {
        loss += curve.get(end).loss;
        accuracy += curve.get(end).accuracy;
        end++;
      } while (end < curve.size() && end - start < group && curve.get(end - 1).validation == null);
      Curve last = curve.get(end - 1);
      thinned.add(
          new Curve(
              last.step,
              loss / (end - start),
              accuracy / (end - start),
              last.learningRate,
              last.marginStrength,
              last.validation));
      start = end;
    }
    return thinned;
  }
}
