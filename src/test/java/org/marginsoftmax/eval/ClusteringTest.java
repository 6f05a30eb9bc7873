package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures of clusters, and what they are of. */
class ClusteringTest {
  private static Embeddings world(int classes, int ofEach, double noise) {
    SplittableRandom random = new SplittableRandom(3);
    float[][] centers = new float[classes][8];
    for (float[] center : centers) {
      for (int k = 0; k < center.length; k++) {
        center[k] = (float) random.nextGaussian();
      }
    }
    float[][] rows = new float[classes * ofEach][8];
    int[] labels = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      labels[i] = i % classes;
      for (int k = 0; k < 8; k++) {
        rows[i][k] = (float) (centers[labels[i]][k] + noise * random.nextGaussian());
      }
    }
    return new Embeddings(rows, labels);
  }

  private static Metric metric(Embeddings test, Protocol protocol, Figure figure) {
    return Evaluation.ofUnknownClasses(test, protocol).metrics().stream()
        .filter(m -> m.figure() == figure)
        .findAny()
        .orElseThrow();
  }

  /** 1 where classes lie apart, 0 for labels that say nothing of the embeddings. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5, 12})
  void fromPerfectToRandom(int classes) {
    Protocol protocol = Protocol.usual(1);
    double before = 1 + 1e-12;
    for (double noise : new double[] {0.001, 0.4, 1, 100}) {
      double ami = metric(world(classes, 30, noise), protocol, Figure.AMI).value().orElseThrow();
      assertTrue(ami <= before, noise + ": " + ami);
      before = ami;
    }
    assertEquals(0, before, 0.1);
    Metric nmi = metric(world(classes, 30, 0.001), protocol, Figure.NMI);
    assertEquals(1, nmi.value().orElseThrow(), 1e-12);
    assertTrue(nmi.interval().isEmpty());
    assertTrue(nmi.definition().contains(classes + " classes and as many clusters"));
    assertTrue(nmi.definition().contains(classes * 30 + " test samples"));
  }

  /** No more samples than asked for, of no more classes than have enough of them. */
  @ParameterizedTest
  @CsvSource({
    "300, 2, 400, 400, 20",
    "3, 300, 400, 400, 3",
    "30, 20, 400, 400, 20",
    "4, 9, 40, 18, 2"
  })
  void theDrawIsBounded(int classes, int ofEach, int most, int samples, int kept) {
    Embeddings test = world(classes, ofEach, 0.1);
    Clustering found = Clustering.of(test, most, 1).orElseThrow();
    assertEquals(kept, found.classes());
    assertEquals(Math.min(samples, kept * ofEach), found.samples().length);
    assertEquals(
        kept, Arrays.stream(found.samples()).map(i -> test.labels()[i]).distinct().count());
    assertArrayEquals(IntStream.of(found.samples()).distinct().sorted().toArray(), found.samples());
    assertEquals(kept, 1 + Arrays.stream(found.assignments()).max().orElseThrow());
    String said = metric(test, new Protocol(1000, 1, most, 0, 1), Figure.NMI).definition();
    assertTrue(said.contains(found.samples().length + " of " + test.size()), said);
  }

  /** Validation asks for no clusters: it has no figures of them, and keeps the silhouette. */
  @Test
  void validationDoesNotPay() {
    Evaluation quick = Evaluation.ofUnknownClasses(world(3, 5, 0.1), Protocol.quick(1));
    assertTrue(quick.metrics().stream().noneMatch(m -> m.figure() == Figure.NMI));
    assertTrue(quick.value("silhouette").isPresent());
  }

  /** Whatever the partitions, AMI is in the bounds of its unit: here of all of up to 7 samples. */
  @Test
  void amiIsInItsBounds() {
    double least = 1;
    for (int n = 2; n <= 7; n++) {
      int parts = Math.min(n, 3);
      int all = (int) Math.pow(parts, n);
      for (int a = 0; a < all; a++) {
        int[] classes = digits(a, parts, n);
        boolean ordered =
            IntStream.range(1, n).allMatch(i -> classes[i - 1] <= classes[i]) && classes[0] == 0;
        for (int b = 0; ordered && b < all; b++) {
          least =
              Math.min(
                  least, ClusterAgreement.of(classes, digits(b, parts, n)).orElseThrow().ami());
        }
      }
    }
    assertTrue(least >= -1 && least < 0, "" + least);
  }

  private static int[] digits(int number, int base, int n) {
    int[] digits = new int[n];
    for (int i = 0; i < n; i++, number /= base) {
      digits[i] = number % base;
    }
    return digits;
  }

  /** The own class is among the five nearest as often as its rank says; six classes are needed. */
  @ParameterizedTest
  @CsvSource({"5, 1", "6, 1", "40, 1", "40, 3"})
  void topFive(int classes, int perClass) {
    SplittableRandom random = new SplittableRandom(classes);
    Embeddings test = world(classes, 6, 2);
    float[][] centers = new float[classes * perClass][8];
    for (float[] center : centers) {
      for (int k = 0; k < 8; k++) {
        center[k] = (float) random.nextGaussian();
      }
    }
    Evaluation found =
        Evaluation.of(
            test, test, ClassCenters.of(centers, perClass), Protocol.quick(1), Progress.NONE);
    int among = 0;
    for (int i = 0; i < test.size(); i++) {
      double[] best = new double[classes];
      Arrays.fill(best, -2);
      for (int row = 0; row < centers.length; row++) {
        double cosine = Vectors.dot64(test.vectors()[i], Vectors.unit(centers[row]));
        best[row / perClass] = Math.max(best[row / perClass], cosine);
      }
      double own = best[test.labels()[i]];
      among += Arrays.stream(best).filter(cosine -> cosine > own).count() < 5 ? 1 : 0;
    }
    assertEquals(classes > 5, found.value("top_5_accuracy").isPresent());
    if (classes > 5) {
      assertEquals(
          (double) among / test.size(), found.value("top_5_accuracy").orElseThrow(), 1e-12);
      assertTrue(
          found.value("top_5_accuracy").orElseThrow() > found.value("accuracy").orElseThrow());
    }
  }
}
