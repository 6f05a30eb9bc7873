package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.eval.Reliability.Bin;

/** Against scikit-learn, and bins against their definition. */
class ReliabilityTest {
  private static double[] ones(int n) {
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Test
  void isWhatScikitLearnComputes() throws IOException {
    int byMass = 0;
    for (JsonNode reference : EvaluationFixtures.read("reliability")) {
      String name = reference.get("name").asText();
      double[] p = EvaluationFixtures.as(reference.get("probabilities"), double[].class);
      boolean[] same = EvaluationFixtures.as(reference.get("same"), boolean[].class);
      int bins = reference.get("bins").asInt();
      Reliability found = Reliability.equalWidth(p, same, ones(p.length), bins);
      assertEquals(reference.get("ece").asDouble(), found.ece(), 1e-12, name);
      assertEquals(reference.get("brier").asDouble(), found.brier(), 1e-12, name);
      assertEquals(reference.get("log_loss").asDouble(), found.logLoss(), 1e-11, name);
      if (!reference.get("observed").isNull()) {
        requireBins(reference, found, name);
      }
      if (reference.has("by_mass")) {
        Reliability even = Reliability.equalMass(p, same, ones(p.length), bins);
        requireBins(reference.get("by_mass"), even, name);
        assertEquals(found.brier(), even.brier());
        assertEquals(found.logLoss(), even.logLoss());
        byMass++;
      }
    }
    assertTrue(byMass >= 4);
  }

  private static void requireBins(JsonNode reference, Reliability found, String name) {
    assertArrayEquals(
        EvaluationFixtures.as(reference.get("observed"), double[].class),
        found.bins().stream().mapToDouble(Bin::observed).toArray(),
        1e-12,
        name);
    assertArrayEquals(
        EvaluationFixtures.as(reference.get("predicted"), double[].class),
        found.bins().stream().mapToDouble(Bin::predicted).toArray(),
        1e-12,
        name);
  }

  @Test
  void binsAreWhatTheySay() {
    SplittableRandom random = new SplittableRandom(1);
    for (int turn = 0; turn < 1000; turn++) {
      int n = random.nextInt(1, 120);
      int levels = random.nextInt(1, 200);
      int m = random.nextInt(1, 40);
      double[] p = random.doubles(n).map(x -> Math.rint(x * levels) / levels).toArray();
      boolean[] same = new boolean[n];
      double[] weights = new double[n];
      for (int i = 0; i < n; i++) {
        same[i] = random.nextDouble() < p[i];
        weights[i] = i == 0 ? 1 : random.nextInt(4) == 0 ? 0 : random.nextDouble(0.5, 2);
      }
      Reliability width = Reliability.equalWidth(p, same, weights, m);
      for (Bin bin : width.bins()) {
        requireBin(bin, p, same, weights, bin.low() == 0 ? -1 : bin.low());
        assertEquals(1.0 / m, bin.high() - bin.low(), 1e-12);
      }
      Reliability mass = Reliability.equalMass(p, same, weights, m);
      for (Bin bin : mass.bins()) {
        requireBin(bin, p, same, weights, Math.nextDown(bin.low()));
      }
      for (Reliability each : new Reliability[] {width, mass}) {
        assertEquals(1, each.bins().stream().mapToDouble(Bin::share).sum(), 1e-12);
        assertEquals(
            each.ece(),
            each.bins().stream()
                .mapToDouble(bin -> bin.share() * Math.abs(bin.predicted() - bin.observed()))
                .sum(),
            1e-12);
      }
      for (int k = 1; k < mass.bins().size(); k++) {
        assertTrue(mass.bins().get(k).low() > mass.bins().get(k - 1).high());
      }
      // A bin is too heavy only by the pairs that it cannot tell apart.
      for (Bin bin : mass.bins()) {
        double ends = share(p, weights, bin.low()) / 2 + share(p, weights, bin.high()) / 2;
        assertTrue(bin.share() <= 1.0 / m + ends + 1e-12, bin + " of " + m);
      }
    }
  }

  private static double share(double[] p, double[] weights, double value) {
    double all = Arrays.stream(weights).sum();
    return IntStream.range(0, p.length)
        .filter(i -> p[i] == value)
        .mapToDouble(i -> weights[i] / all)
        .sum();
  }

  private static void requireBin(
      Bin bin, double[] p, boolean[] same, double[] weights, double above) {
    double all = 0;
    double predicted = 0;
    double observed = 0;
    int count = 0;
    for (int i = 0; i < p.length; i++) {
      if (weights[i] > 0 && p[i] > above && p[i] <= bin.high()) {
        count++;
        all += weights[i];
        predicted += weights[i] * p[i];
        observed += same[i] ? weights[i] : 0;
      }
    }
    assertEquals(count, bin.count());
    assertEquals(predicted / all, bin.predicted(), 1e-12);
    assertEquals(observed / all, bin.observed(), 1e-12);
  }

  /** Isotonic regression is calibrated on the pairs that it was fitted to, with their weights. */
  @Test
  void whatWasFittedToTheSamePairsIsCalibrated() {
    SplittableRandom random = new SplittableRandom(2);
    float[] genuine = new float[500];
    float[] impostor = new float[900];
    for (int i = 0; i < genuine.length; i++) {
      genuine[i] = (float) random.nextGaussian(0.5, 0.2);
    }
    for (int i = 0; i < impostor.length; i++) {
      impostor[i] = (float) random.nextGaussian(0.1, 0.2);
    }
    ProbabilityCalibration pairs = ProbabilityCalibration.of(genuine, impostor).withPrior(0.03);
    ProbabilityCurve curve = pairs.isotonic();
    double[] p = new double[1400];
    for (int i = 0; i < p.length; i++) {
      p[i] = curve.probability(pairs.cosines()[i]);
    }
    double[] weights = pairs.pairWeights();
    assertEquals(0, Reliability.equalWidth(p, pairs.same(), weights, 15).ece(), 1e-12);
    assertTrue(Reliability.equalWidth(p, pairs.same(), ones(1400), 15).ece() > 0.1);
  }

  @Test
  void refusesWhatAreNoProbabilities() {
    boolean[] same = {true};
    refused("at least 1, found 0", () -> Reliability.equalWidth(ones(1), same, ones(1), 0));
    refused("found 1 and 2", () -> Reliability.equalWidth(ones(1), same, ones(2), 15));
    refused("found 1 and 2", () -> Reliability.equalMass(ones(1), same, ones(2), 15));
    for (double p : new double[] {-0.1, 1.1, Double.NaN}) {
      double[] probabilities = {p};
      refused("found " + p, () -> Reliability.equalMass(probabilities, same, ones(1), 15));
      double weight = p == 1.1 ? Double.POSITIVE_INFINITY : p;
      refused("of weight " + weight, () -> weighted(weight));
    }
    refused("found none", () -> weighted(0));
    refused("found none", () -> Reliability.equalMass(ones(0), new boolean[0], ones(0), 3));
  }

  private static Reliability weighted(double weight) {
    return Reliability.equalWidth(ones(1), new boolean[] {true}, new double[] {weight}, 15);
  }

  private static void refused(String part, Runnable call) {
    String message = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}
