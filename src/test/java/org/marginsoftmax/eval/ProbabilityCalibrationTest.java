package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;

/** Against scikit-learn, and against what the fits promise. */
class ProbabilityCalibrationTest {
  private static ProbabilityCalibration of(JsonNode reference) {
    double[] cosines = EvaluationFixtures.as(reference.get("cosines"), double[].class);
    double[] weights = EvaluationFixtures.as(reference.get("weights"), double[].class);
    if (weights == null) {
      weights = new double[cosines.length];
      Arrays.fill(weights, 1);
    }
    ProbabilityCalibration calibration =
        new ProbabilityCalibration(
            Vectors.toFloat(cosines),
            EvaluationFixtures.as(reference.get("same"), boolean[].class),
            weights,
            OptionalDouble.empty());
    JsonNode prior = reference.get("prior");
    return prior.isNull() ? calibration : calibration.withPrior(prior.asDouble());
  }

  @Test
  void curvesAreThoseOfScikitLearn() throws IOException {
    int compared = 0;
    for (JsonNode reference : EvaluationFixtures.read("curves")) {
      String name = reference.get("name").asText();
      ProbabilityCalibration calibration = of(reference);
      ProbabilityCurve.Platt platt = calibration.platt();
      double[] ab = EvaluationFixtures.as(reference.get("platt"), double[].class);
      assertEquals(ab[0], platt.a(), 1e-7 * (1 + Math.abs(ab[0])), name);
      assertEquals(ab[1], platt.b(), 1e-7 * (1 + Math.abs(ab[1])), name);
      ProbabilityCurve.Isotonic isotonic = calibration.isotonic();
      double[] grid = EvaluationFixtures.as(reference.get("grid"), double[].class);
      assertArrayEquals(
          EvaluationFixtures.as(reference.get("isotonic"), double[].class),
          Arrays.stream(grid).map(isotonic::probability).toArray(),
          1e-9,
          name);
      assertEquals(reference.get("thresholds").asInt(), isotonic.cosines().length, name);
      compared++;
    }
    assertTrue(compared > 40);
  }

  private static ProbabilityCalibration drawn(SplittableRandom random, int most) {
    int n = random.nextInt(3, most);
    int levels = random.nextInt(1, 60);
    double apart = random.nextDouble(-0.2, 1);
    // Some sets lie within a thousandth of each other, as those of a model with large margins.
    double width = random.nextBoolean() ? 1 : 1e-3;
    float[] cosines = new float[n];
    boolean[] same = new boolean[n];
    double[] weights = new double[n];
    for (int i = 0; i < n; i++) {
      same[i] = i == 0 || i > 1 && random.nextBoolean();
      double value = random.nextDouble() / 2 + (same[i] ? apart : 0) / 2;
      cosines[i] = (float) (0.95 + width * (Math.rint(value * levels) / levels - 0.95));
      weights[i] = i < 2 || random.nextInt(5) > 0 ? random.nextDouble(0.1, 4) : 0;
    }
    return new ProbabilityCalibration(cosines, same, weights, OptionalDouble.empty());
  }

  /** At the minimum both derivatives of the loss are 0, whatever the set and the prior. */
  @Test
  void plattIsTheMinimum() {
    SplittableRandom random = new SplittableRandom(1);
    for (int turn = 0; turn < 1000; turn++) {
      ProbabilityCalibration drawn = drawn(random, 200);
      double prior = Math.pow(10, -random.nextDouble(0.1, 6));
      ProbabilityCalibration calibration = random.nextBoolean() ? drawn : drawn.withPrior(prior);
      double[] weights = drawn.weights();
      double genuine = sum(weights, drawn.same(), true);
      double impostor = sum(weights, drawn.same(), false);
      ProbabilityCurve.Platt platt = calibration.platt();
      double[] used = calibration.pairWeights();
      double mean = 0;
      double slope = 0;
      double size = 0;
      double width = 1e-6;
      for (int i = 0; i < used.length; i++) {
        double target = drawn.same()[i] ? (genuine + 1) / (genuine + 2) : 1 / (impostor + 2);
        double apart = used[i] * (target - platt.probability(drawn.cosines()[i]));
        mean += apart;
        slope += apart * (drawn.cosines()[i] - drawn.cosines()[0]);
        size += used[i] * target;
        width = Math.max(width, Math.abs(drawn.cosines()[i] - drawn.cosines()[0]));
      }
      assertEquals(0, mean / size, 1e-8);
      assertEquals(0, slope / size / width, 1e-8);
      assertTrue(Double.isFinite(platt.probability(-1)) && Double.isFinite(platt.probability(1)));
    }
  }

  /** The curve of the max-min formula: max over starts, min over ends, of the mean between. */
  @Test
  void isotonicIsTheMaxMinOfMeans() {
    SplittableRandom random = new SplittableRandom(2);
    for (int turn = 0; turn < 200; turn++) {
      ProbabilityCalibration drawn = drawn(random, 50);
      double[] used = drawn.pairWeights();
      ProbabilityCurve.Isotonic curve = drawn.isotonic();
      float[] values = new float[used.length];
      int[] kept = IntStream.range(0, used.length).filter(i -> used[i] > 0).toArray();
      for (int i = 0; i < kept.length; i++) {
        values[i] = drawn.cosines()[kept[i]];
      }
      values = Arrays.copyOf(values, kept.length);
      for (float at : values) {
        double best = 0;
        for (float from : values) {
          double least = 1;
          for (float to : values) {
            if (from <= at && at <= to) {
              least = Math.min(least, mean(drawn, from, to));
            }
          }
          best = from <= at ? Math.max(best, least) : best;
        }
        assertEquals(best, curve.probability(at), 1e-12);
      }
    }
  }

  private static double mean(ProbabilityCalibration pairs, float from, float to) {
    double genuine = 0;
    double all = 0;
    for (int i = 0; i < pairs.cosines().length; i++) {
      if (pairs.cosines()[i] >= from && pairs.cosines()[i] <= to) {
        genuine += pairs.same()[i] ? pairs.weights()[i] : 0;
        all += pairs.weights()[i];
      }
    }
    return genuine / all;
  }

  @Test
  void pairsHaveTheShareThatIsStated() {
    SplittableRandom random = new SplittableRandom(3);
    for (int turn = 0; turn < 100; turn++) {
      ProbabilityCalibration drawn = drawn(random, 200);
      double share = random.nextDouble(1e-6, 1);
      double[] used = drawn.withPrior(share).pairWeights();
      double all = Arrays.stream(used).sum();
      assertEquals(share, sum(used, drawn.same(), true) / all, 1e-12);
      assertEquals(Arrays.stream(drawn.weights()).sum(), all, 1e-9 * all);
      double own = sum(drawn.weights(), drawn.same(), true) / all;
      assertArrayEquals(drawn.weights(), drawn.withPrior(own).pairWeights(), 1e-9);
    }
  }

  /** Bayes: with other odds of genuine pairs, the odds of each answer change by that factor. */
  @Test
  void aPriorMovesTheOdds() {
    float[] genuine = new float[20_000];
    float[] impostor = new float[20_000];
    double least = Math.log1p(Math.exp(-4));
    for (int i = 0; i < genuine.length; i++) {
      // Quantiles of the density 1 / (1 + e^(4 - 8 c)) on 0..1, which is that of genuine pairs if
      // the log odds are 8 c - 4.
      double c = (4 + Math.log(Math.expm1(least + 4 * (i + 0.5) / genuine.length))) / 8;
      genuine[i] = (float) c;
      impostor[i] = (float) (1 - c);
    }
    ProbabilityCalibration even = ProbabilityCalibration.of(genuine, impostor);
    for (double share : new double[] {0.5, 0.1, 0.01}) {
      ProbabilityCurve.Platt curve = even.withPrior(share).platt();
      assertEquals(-8, curve.a(), 0.1);
      assertEquals(4 - Math.log(share / (1 - share)), curve.b(), 0.1);
    }
  }

  @Test
  void isRefusedWhereNothingCanBeLearnt() {
    float[] none = {};
    float[] some = {0.5f};
    refused("only genuine ones", () -> ProbabilityCalibration.of(some, none));
    refused("only impostor ones", () -> ProbabilityCalibration.of(none, some));
    refused("only pairs of weight 0", () -> ProbabilityCalibration.of(none, none));
    refused("cosine NaN", () -> ProbabilityCalibration.of(some, new float[] {Float.NaN}));
    for (double weight : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      refused("of weight " + weight, () -> weighted(new double[] {1, weight}));
    }
    refused("only genuine ones", () -> weighted(new double[] {1, 0}));
    refused("found 2 and 3", () -> weighted(new double[3]));
    for (double share : new double[] {0, 1, -0.1, Double.NaN}) {
      refused("found " + share, () -> weighted(new double[] {1, 1}).withPrior(share));
    }
  }

  private static ProbabilityCalibration weighted(double[] weights) {
    return new ProbabilityCalibration(
        new float[] {0.5f, 0.1f}, new boolean[] {true, false}, weights, OptionalDouble.empty());
  }

  @Test
  void curvesThatAreNoneAreRefused() {
    refused("finite a and b", () -> new ProbabilityCurve.Platt(Double.NaN, 0));
    refused("finite a and b", () -> new ProbabilityCurve.Platt(0, Double.NEGATIVE_INFINITY));
    refused("0 cosines", () -> isotonic(new double[0]));
    refused("2 cosines and 1 prob", () -> isotonic(new double[] {1, 2}, 0.5));
    refused("place 1", () -> isotonic(new double[] {1, 1}, 0.5, 0.6));
    refused("0.4 at cosine 2.0", () -> isotonic(new double[] {1, 2}, 0.5, 0.4));
    refused("1.1 at cosine 1.0", () -> isotonic(new double[] {1}, 1.1));
    refused("NaN at cosine 1.0", () -> isotonic(new double[] {1}, Double.NaN));
    refused("place 0", () -> isotonic(new double[] {Double.NaN}, 0.1));
  }

  private static ProbabilityCurve.Isotonic isotonic(double[] cosines, double... probabilities) {
    return new ProbabilityCurve.Isotonic(cosines, probabilities);
  }

  private static void refused(String part, Runnable call) {
    String message = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void noCosineHasNoProbability() {
    assertTrue(Double.isNaN(new ProbabilityCurve.Platt(-3, 1).probability(Double.NaN)));
    assertTrue(Double.isNaN(isotonic(new double[] {0}, 1).probability(Double.NaN)));
  }

  /** As a model card may keep them: the components of either tell which curve it is. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
  @JsonSubTypes({
    @JsonSubTypes.Type(ProbabilityCurve.Platt.class),
    @JsonSubTypes.Type(ProbabilityCurve.Isotonic.class)
  })
  private interface Deduced {}

  @Test
  void curvesComeBackFromJson() throws IOException {
    ObjectMapper json = new ObjectMapper().addMixIn(ProbabilityCurve.class, Deduced.class);
    ProbabilityCalibration pairs = drawn(new SplittableRandom(5), 200);
    for (ProbabilityCurve curve : new ProbabilityCurve[] {pairs.platt(), pairs.isotonic()}) {
      ProbabilityCurve read =
          json.readValue(json.writeValueAsString(curve), ProbabilityCurve.class);
      assertEquals(curve.getClass(), read.getClass());
      for (double cosine = -1; cosine <= 1; cosine += 0.01) {
        assertEquals(curve.probability(cosine), read.probability(cosine));
      }
    }
  }

  private static double sum(double[] weights, boolean[] same, boolean which) {
    return IntStream.range(0, weights.length)
        .filter(i -> same[i] == which)
        .mapToDouble(i -> weights[i])
        .sum();
  }
}
