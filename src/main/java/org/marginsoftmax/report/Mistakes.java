package org.marginsoftmax.report;

import java.util.List;
import java.util.Map;
import org.marginsoftmax.eval.ClassResult;
import org.marginsoftmax.eval.ConfusionMatrix;
import org.marginsoftmax.eval.HardPairs;
import org.marginsoftmax.eval.Neighbours;

/**
 * What a network gets wrong, and the samples that show it. Samples are numbers on the sheet.
 *
 * @param names of all classes, by label
 * @param confusion of the test samples
 * @param classes those with test samples, by error
 * @param sheet the samples shown
 * @param examples test samples of some classes, by label
 * @param compared number of test samples among which pairs and neighbours were looked for
 * @param pairs the hardest
 * @param neighbours of some test samples
 * @param examined number of training samples among which wrong labels were looked for
 * @param angle in degrees to the centre of their class, beyond which training samples are suspects
 * @param suspects training samples, the farthest first
 */
public record Mistakes(
    List<String> names,
    ConfusionMatrix confusion,
    List<ClassResult> classes,
    SampleSheet sheet,
    Map<Integer, List<Integer>> examples,
    int compared,
    HardPairs pairs,
    List<Neighbours> neighbours,
    int examined,
    double angle,
    List<Suspect> suspects) {
  /**
   * A training sample whose label is likely wrong.
   *
   * @param sample number on the sheet
   * @param nearest label of the class whose centre is nearest
   * @param angle to the centre of its own class, degrees
   */
  public record Suspect(int sample, int nearest, double angle) {}
}
