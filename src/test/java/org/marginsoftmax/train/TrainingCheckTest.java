package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.run.HeadConfig;

/** What is told before training: the loss to expect, how far apart centers can be, warnings. */
class TrainingCheckTest {

  private static TrainingCheck check(Head head, int[] counts, int dimension) {
    return check(head, counts, dimension, true);
  }

  private static TrainingCheck check(Head head, int[] counts, int dimension, boolean everySample) {
    TrainingPlan plan =
        new TrainingPlan(
            100,
            100,
            32,
            1,
            new LearningRate(1e-3, new LearningRate.Constant(), 0),
            new Schedule.Rise(0.1),
            new Schedule.Constant());
    return TrainingCheck.of(head, counts, dimension, plan, counts.length, everySample);
  }

  /** With a sample of the classes a step has fewer to tell apart. */
  @Test
  void expectedLossesAreOverTheClassesOfAStep() {
    Head head = AngularHead.arcFace(0.5, 30);
    TrainingPlan plan =
        new TrainingPlan(
            100,
            100,
            32,
            1,
            new LearningRate(1e-3, new LearningRate.Constant(), 0),
            new Schedule.Constant(),
            new Schedule.Constant());
    TrainingCheck check = TrainingCheck.of(head, counts(500, 8), 64, plan, 50, true);
    assertEquals(500, check.classes());
    assertEquals(ExpectedLoss.of(head, 50, 64, 1, 1), check.lossAtStart(), 1e-9);
    assertEquals(ExpectedLoss.of(head, 50, 64, 1, 1), check.lossAtFullMargin(), 1e-9);
  }

  private static int[] counts(int classes, int each) {
    int[] counts = new int[classes];
    Arrays.fill(counts, each);
    return counts;
  }

  /** facts: ln(1 + (C - 1) e^(s sin m)). */
  @ParameterizedTest
  @CsvSource({"10,30,16.58", "10,64,32.88", "10575,30,23.65", "10575,64,39.95", "85742,64,42.04"})
  void lossOfArcFaceBeforeAnythingIsLearnt(int classes, double scale, double loss) {
    Head head = AngularHead.arcFace(0.5, scale);
    assertEquals(loss, ExpectedLoss.of(head, classes, 128, 1, 1), 0.005);
    assertEquals(Math.log(classes), ExpectedLoss.of(head, classes, 128, 0, 1), 1e-5);
  }

  @Test
  void lossOfOtherHeadsBeforeAnythingIsLearnt() {
    assertEquals(Math.log(10), ExpectedLoss.of(InnerProductHead.softmax(), 10, 64, 1, 1), 1e-5);
    assertEquals(
        Math.log(1 + 9 * Math.exp(30 * 0.35)),
        ExpectedLoss.of(AngularHead.cosFace(0.35, 30), 10, 64, 1, 1),
        1e-4);
    assertEquals(
        Math.log(1 + 9 * Math.exp(15 * 0.35)),
        ExpectedLoss.of(AngularHead.cosFace(0.35, 30), 10, 64, 1, 0.5),
        1e-4);
    // Label smoothing: (1 - e) of the label's and e of the mean logit, both at 90 degrees.
    double plain = Math.log(1 + 9 * Math.exp(30 * 0.35));
    assertEquals(
        plain + 0.1 * (-30 * 0.35) * (1 - 1 / 10.0),
        ExpectedLoss.of(
            HeadConfig.named("cosface").with("label_smoothing", "0.1").head(10, null),
            10,
            64,
            1,
            1),
        1e-3);
    // MagFace's regulariser comes on top.
    double norm = Math.sqrt(400);
    double m = 0.45 + 0.35 * (norm - 10) / 100;
    assertEquals(
        Math.log(1 + 9 * Math.exp(30 * Math.sin(m))) + 35 * (norm / (110 * 110) + 1 / norm),
        ExpectedLoss.of(HeadConfig.named("magface").head(10, null), 10, 400, 1, 1),
        1e-3);
  }

  /** The norm of the features is named where the loss depends on it, angles where it is of them. */
  @ParameterizedTest
  @MethodSource("heads")
  void whatTheLossAssumesIsSaid(String name) {
    int[] counts = {9, 8, 7, 6, 5};
    Head head = HeadConfig.named(name).head(5, counts);
    String said = ExpectedLoss.assumption(head, 16);
    if (name.equals("p2sgrad")) {
      assertEquals("features in random directions", said);
      return;
    }
    assertTrue(said.startsWith("every angle at 90 degrees"), said);
    boolean same =
        Math.abs(ExpectedLoss.of(head, 5, 16, 1, 1) - ExpectedLoss.of(head, 5, 900, 1, 1)) < 1e-6;
    assertEquals(!same, said.endsWith(" and features of norm 4.0"), said);
    assertEquals(said, check(head, counts, 16).lossesAssume());
  }

  /** Nothing that was ever arranged passes the bound; the simplex and the cross reach it. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 16})
  void noCentresAreFartherApartThanTheBound(int dimension) {
    Random random = new Random(dimension);
    for (int classes : new int[] {2, 3, dimension + 1, 2 * dimension, 50, 400}) {
      double best = 0;
      for (int trial = 0; trial < 20; trial++) {
        best = Math.max(best, smallestAngle(random, classes, dimension));
      }
      double bound = Separation.largestSmallestAngle(classes, dimension);
      assertTrue(best <= bound + 1e-9, classes + " in " + dimension + ": " + best + " " + bound);
    }
    assertEquals(
        Math.acos(-1.0 / dimension),
        Separation.largestSmallestAngle(dimension + 1, dimension),
        1e-12);
    assertEquals(Math.PI / 2, Separation.largestSmallestAngle(2 * dimension, dimension), 1e-3);
  }

  @Test
  void onACircleTheBoundIsEvenSpacing() {
    assertEquals(2 * Math.PI / 100, Separation.largestSmallestAngle(100, 2), 1e-6);
  }

  private static double smallestAngle(Random random, int classes, int dimension) {
    double[][] points = new double[classes][];
    for (int i = 0; i < classes; i++) {
      double[] point = random.doubles(dimension).map(u -> random.nextGaussian()).toArray();
      double norm = Math.sqrt(Arrays.stream(point).map(v -> v * v).sum());
      points[i] = Arrays.stream(point).map(v -> v / norm).toArray();
    }
    double largest = -1;
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < i; j++) {
        double dot = 0;
        for (int k = 0; k < dimension; k++) {
          dot += points[i][k] * points[j][k];
        }
        largest = Math.max(largest, dot);
      }
    }
    return Math.acos(Math.min(1, largest));
  }

  @Test
  void countsSamples() {
    TrainingCheck check = check(AngularHead.arcFace(0.5, 30), new int[] {1, 7, 3, 1, 900}, 64);
    assertEquals(912, check.samples());
    assertEquals(1, check.smallestClass());
    assertEquals(3, check.medianClass());
    assertEquals(900, check.largestClass());
    assertEquals(2, check.singletons());
    assertWarns(check, "2 of 5 classes have a single sample", "`sampler` balanced");
  }

  /** Large classes do not weigh more where the sampler sees to that. */
  @Test
  void warnsOfUnequalClassesOnlyWhereEverySampleIsVisited() {
    for (int largest : new int[] {199, 200}) {
      int[] counts = {largest, 2, 50};
      Head head = AngularHead.arcFace(0.5, 30);
      assertWarns(
          check(head, counts, 64),
          largest < 200 ? new String[0] : new String[] {"the largest class has 200"});
      assertWarns(check(head, counts, 64, false));
    }
  }

  @Test
  void warnsOfScalesAndMarginsThatCannotWork() {
    assertWarns(
        check(AngularHead.arcFace(0.5, 5), counts(1000, 9), 128), "s 5 is below 9.768, AdaCos'");
    assertWarns(check(AngularHead.arcFace(0.5, 300), counts(1000, 9), 128), "s 300 is large");
    assertWarns(
        check(AngularHead.arcFace(0.5, 30), counts(1000, 9), 2),
        "asks for centres 28.6 degrees apart cannot be kept: 1000 centres in 2 dimensions are at most 0.4");
    assertWarns(
        check(AngularHead.cosFace(0.35, 30), counts(1000, 9), 2),
        "asks for centres 49.5 degrees apart cannot be kept");
    assertWarns(
        check(AngularHead.arcFace(0.5, 30), new int[] {0, 5, 5}, 128),
        "1 of 3 classes have no sample");
  }

  static java.util.stream.Stream<String> heads() {
    return Heads.names().stream();
  }

  @ParameterizedTest
  @MethodSource("heads")
  void isSilentOnHealthyTraining(String name) {
    int[] counts = counts(1000, 20);
    Head head = HeadConfig.named(name).head(1000, counts);
    TrainingCheck check = check(head, counts, 128);
    assertEquals(java.util.List.of(), check.warnings());
    // SFace's loss is a difference: nothing where nothing is learnt.
    double loss = check.lossAtFullMargin();
    assertTrue(Double.isFinite(loss) && (loss > 0 || name.equals("sface")), name);
  }

  private static void assertWarns(TrainingCheck check, String... parts) {
    assertEquals(parts.length, check.warnings().size(), check.warnings().toString());
    for (int i = 0; i < parts.length; i++) {
      assertTrue(check.warnings().get(i).contains(parts[i]), check.warnings().get(i));
    }
  }
}
