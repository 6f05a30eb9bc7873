package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every figure against the plainest way to compute it, in float64 over all pairs. */
class MetricsTest {
  private static final int N = 150;
  private static final int D = 12;
  private static final int C = 7;
  private final Random random = new Random(1);
  private final float[][] centers = gaussian(C, D);
  private final int[] labels = random.ints(N, 0, C).toArray();
  private final float[][] vectors = clouds(labels, 1.2);
  private final Embeddings embeddings = new Embeddings(vectors, labels);

  private float[][] gaussian(int rows, int columns) {
    float[][] values = new float[rows][columns];
    for (float[] row : values) {
      for (int k = 0; k < columns; k++) {
        row[k] = (float) random.nextGaussian();
      }
    }
    return values;
  }

  private float[][] clouds(int[] labels, double noise) {
    float[][] values = gaussian(labels.length, D);
    for (int i = 0; i < values.length; i++) {
      for (int k = 0; k < D; k++) {
        values[i][k] = (float) (centers[labels[i]][k] + noise * values[i][k]);
      }
    }
    return values;
  }

  static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < a.length; k++) {
      ab += (double) a[k] * b[k];
      aa += (double) a[k] * a[k];
      bb += (double) b[k] * b[k];
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void accuracyAndConfusion() {
    int[][] counts = new int[C][C];
    int right = 0;
    for (int i = 0; i < N; i++) {
      int best = 0;
      for (int k = 1; k < C; k++) {
        if (cosine(vectors[i], centers[k]) > cosine(vectors[i], centers[best])) {
          best = k;
        }
      }
      counts[labels[i]][best]++;
      right += best == labels[i] ? 1 : 0;
    }
    assertTrue(right > 50 && right < N, "a test that could fail: " + right);
    assertEquals((double) right / N, Classification.accuracy(embeddings, centers));
    assertArrayEquals(counts, Classification.confusion(embeddings, centers));
    float[][] many = new float[20_001][D];
    assertTrue(
        assertThrows(
                IllegalArgumentException.class, () -> Classification.confusion(embeddings, many))
            .getMessage()
            .contains("at most 20000 classes"));
  }

  /** Of several centers a class the nearest counts, as a trained network scores. */
  @Test
  void accuracyIsByTheNearestOfAllCentres() {
    int perClass = 3;
    Random random = new Random(8);
    float[][] all = new float[C * perClass][];
    for (int row = 0; row < all.length; row++) {
      all[row] = centers[row / perClass].clone();
      for (int k = 0; k < all[row].length; k++) {
        all[row][k] += (float) (2 * random.nextGaussian());
      }
    }
    int right = 0;
    for (int i = 0; i < N; i++) {
      int best = 0;
      for (int row = 1; row < all.length; row++) {
        best = cosine(vectors[i], all[row]) > cosine(vectors[i], all[best]) ? row : best;
      }
      right += best / perClass == labels[i] ? 1 : 0;
    }
    Protocol protocol = new Protocol(N, N, 0, 0, 1);
    ClassCenters rows = ClassCenters.of(all, perClass);
    Evaluation evaluation = Evaluation.of(embeddings, embeddings, rows, protocol, Progress.NONE);
    double found = evaluation.metrics().get(0).value().orElseThrow();
    assertEquals((double) right / N, found);
    DominantCenters dominants = DominantCenters.of(embeddings, rows);
    float[][] dominant = rows.rows(dominants.rows());
    AgainstCenters against = AgainstCenters.of(embeddings, rows, dominants, Progress.NONE);
    for (int i = 0; i < N; i++) {
      assertEquals(
          Math.toDegrees(Math.acos(cosine(vectors[i], dominant[labels[i]]))),
          against.ownAngles()[i],
          1e-3);
      double nearest = -1;
      for (int row = 0; row < all.length; row++) {
        nearest =
            row / perClass == labels[i] ? nearest : Math.max(nearest, cosine(vectors[i], all[row]));
      }
      assertEquals(Math.toDegrees(Math.acos(nearest)), against.otherAngles()[i], 1e-3);
    }
    assertTrue(found != Classification.accuracy(embeddings, dominant), "a test that could fail");
  }

  @Test
  void nearestNeighborInAGallery() {
    int[] galleryLabels = random.ints(90, 0, C).toArray();
    float[][] gallery = clouds(galleryLabels, 1.2);
    int right = 0;
    for (int i = 0; i < N; i++) {
      int best = 0;
      for (int j = 1; j < gallery.length; j++) {
        if (cosine(vectors[i], gallery[j]) > cosine(vectors[i], gallery[best])) {
          best = j;
        }
      }
      right += galleryLabels[best] == labels[i] ? 1 : 0;
    }
    assertEquals(
        (double) right / N,
        Classification.nearestNeighbor(embeddings, new Embeddings(gallery, galleryLabels)));
  }

  @Test
  void anglesToCenters() {
    float[] own = Compactness.anglesToOwnCenter(embeddings, centers);
    float[] other = Compactness.anglesToNearestOther(embeddings, centers);
    for (int i = 0; i < N; i++) {
      assertEquals(Math.toDegrees(Math.acos(cosine(vectors[i], centers[labels[i]]))), own[i], 1e-4);
      double nearest = 180;
      for (int k = 0; k < C; k++) {
        if (k != labels[i]) {
          nearest = Math.min(nearest, Math.toDegrees(Math.acos(cosine(vectors[i], centers[k]))));
        }
      }
      assertEquals(nearest, other[i], 1e-4);
    }
  }

  @Test
  void separationOfCenters() {
    double smallest = 180;
    double sum = 0;
    for (int i = 0; i < C; i++) {
      for (int j = 0; j < i; j++) {
        double angle = Math.toDegrees(Math.acos(cosine(centers[i], centers[j])));
        smallest = Math.min(smallest, angle);
        sum += angle;
      }
    }
    assertEquals(smallest, Compactness.separation(centers).orElseThrow().smallest(), 1e-4);
    assertEquals(
        sum / (C * (C - 1) / 2), Compactness.separation(centers).orElseThrow().mean(), 1e-4);
  }

  @Test
  void separationOfClassMeans() {
    Embeddings four =
        new Embeddings(
            new float[][] {{2, 0, 0}, {0, 3, 0}, {0, 0, 1}, {0, -1, 0}}, new int[] {0, 0, 1, 2});
    float[][] means = Compactness.classMeans(four);
    assertArrayEquals(
        new float[] {(float) Math.sqrt(0.5), (float) Math.sqrt(0.5), 0}, means[0], 1e-6f);
    assertEquals(90, Compactness.separation(means).orElseThrow().smallest(), 1e-4);
    assertEquals((90 + 135 + 90) / 3.0, Compactness.separation(means).orElseThrow().mean(), 1e-4);
  }

  @Test
  void anglesAreRightAtBothEnds() {
    Embeddings pair = new Embeddings(new float[][] {{1, 1e-5f}, {-3, 0}}, new int[] {0, 0});
    float[] angles = Compactness.anglesToOwnCenter(pair, new float[][] {{2, 0}});
    assertEquals(Math.toDegrees(1e-5), angles[0], 1e-8);
    assertEquals(180, angles[1], 1e-6);
  }

  @Test
  void angleToTheMiddleOfTheClass() {
    float[] angles = Compactness.anglesToClassMean(embeddings);
    for (int i = 0; i < N; i++) {
      float[] mean = new float[D];
      for (int j = 0; j < N; j++) {
        if (labels[j] == labels[i]) {
          double norm = Math.sqrt(dot(vectors[j], vectors[j]));
          for (int k = 0; k < D; k++) {
            mean[k] += (float) (vectors[j][k] / norm);
          }
        }
      }
      assertEquals(Math.toDegrees(Math.acos(cosine(vectors[i], mean))), angles[i], 1e-3);
    }
  }

  static double dot(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(k -> (double) a[k] * b[k]).sum();
  }

  @Test
  void silhouette() {
    double sum = 0;
    for (int i = 0; i < N; i++) {
      double[] distance = new double[C];
      int[] count = new int[C];
      for (int j = 0; j < N; j++) {
        if (j != i) {
          distance[labels[j]] += 1 - cosine(vectors[i], vectors[j]);
          count[labels[j]]++;
        }
      }
      double a = distance[labels[i]] / count[labels[i]];
      double b = Double.POSITIVE_INFINITY;
      for (int k = 0; k < C; k++) {
        if (k != labels[i]) {
          b = Math.min(b, distance[k] / count[k]);
        }
      }
      sum += (b - a) / Math.max(a, b);
    }
    assertEquals(sum / N, Compactness.silhouette(embeddings).orElseThrow(), 1e-6);
    assertTrue(
        Compactness.silhouette(new Embeddings(new float[][] {{1, 0}}, new int[] {3})).isEmpty());
  }

  @Test
  void farDoesNotExceedATargetBetweenTwoPairs() {
    float[] impostor = {0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f};
    Verification.Point point =
        Verification.of(new float[] {0.75f, 0.85f, 0.95f}, impostor).atFar(0.15);
    assertEquals(0.1, point.far());
    assertEquals(2 / 3.0, point.tar(), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 1e-1, 1e-2, 1e-3, 1e-5})
  void tarIsTheLargestWhoseFarDoesNotExceedTheTarget(double target) {
    // Cosines to one digit: many ties.
    List<Double> genuine = new ArrayList<>();
    List<Double> impostor = new ArrayList<>();
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < i; j++) {
        double score = Math.rint(10 * cosine(vectors[i], vectors[j])) / 10;
        (labels[i] == labels[j] ? genuine : impostor).add(score);
      }
    }
    double best = 0;
    double itsFar = 0;
    for (int t = -10; t <= 11; t++) {
      double threshold = t / 10.0 - 0.05;
      double far = share(impostor, threshold);
      if (far <= target && share(genuine, threshold) >= best) {
        best = share(genuine, threshold);
        itsFar = far;
      }
    }
    Verification.Point found =
        Verification.of(ascending(genuine), ascending(impostor)).atFar(target);
    assertEquals(best, found.tar(), 1e-12);
    assertTrue(found.far() <= target);
    assertTrue(found.far() <= itsFar || itsFar == found.far());
    assertEquals(share(genuine, found.threshold()), found.tar(), 1e-12);
  }

  private static double share(List<Double> scores, double threshold) {
    return scores.stream().filter(s -> s >= threshold).count() / (double) scores.size();
  }

  private static float[] ascending(List<Double> scores) {
    float[] values = new float[scores.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = scores.get(i).floatValue();
    }
    Arrays.sort(values);
    return values;
  }

  @Test
  void verificationTakesAllPairs() {
    Verification pairs = AllPairs.of(embeddings).verification().orElseThrow();
    List<Double> genuine = new ArrayList<>();
    List<Double> impostor = new ArrayList<>();
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < i; j++) {
        (labels[i] == labels[j] ? genuine : impostor).add(cosine(vectors[i], vectors[j]));
      }
    }
    assertEquals(genuine.size(), pairs.genuinePairs());
    assertEquals(impostor.size(), pairs.impostorPairs());
    for (double threshold = -1; threshold <= 1; threshold += 0.01) {
      double at = threshold;
      // Whether a pair that is so close passes is up to rounding.
      if (Stream.concat(genuine.stream(), impostor.stream())
          .anyMatch(c -> Math.abs(c - at) < 1e-6)) {
        continue;
      }
      Verification.Point point = pairs.at(threshold);
      assertEquals(shareFrom(genuine, threshold), point.tar(), 1e-12);
      assertEquals(shareFrom(impostor, threshold), point.far(), 1e-12);
    }
    assertTrue(AllPairs.of(new Embeddings(vectors, new int[N])).verification().isEmpty());
    assertTrue(
        AllPairs.of(new Embeddings(vectors, IntStream.range(0, N).toArray()))
            .verification()
            .isEmpty());
    assertThrows(IllegalArgumentException.class, () -> pairs.atFar(0));
  }

  private static double shareFrom(List<Double> cosines, double threshold) {
    return cosines.stream().filter(c -> c >= threshold).count() / (double) cosines.size();
  }

  @Test
  void retrieval() {
    double map = 0;
    int hits = 0;
    for (int i = 0; i < N; i++) {
      int query = i;
      List<Integer> ranked =
          IntStream.range(0, N)
              .filter(j -> j != query)
              .boxed()
              .sorted(
                  (a, b) ->
                      Double.compare(
                          cosine(vectors[query], vectors[b]), cosine(vectors[query], vectors[a])))
              .toList();
      int r = (int) IntStream.range(0, N).filter(j -> labels[j] == labels[query]).count() - 1;
      hits += labels[ranked.get(0)] == labels[i] ? 1 : 0;
      double sum = 0;
      for (int rank = 1; rank <= r; rank++) {
        if (labels[ranked.get(rank - 1)] == labels[i]) {
          int right =
              (int)
                  ranked.subList(0, rank).stream().filter(j -> labels[j] == labels[query]).count();
          sum += (double) right / rank;
        }
      }
      map += sum / r;
    }
    Retrieval found = AllPairs.of(embeddings).retrieval().orElseThrow();
    assertEquals((double) hits / N, found.recallAt(1), 1e-12);
    assertEquals(map / N, found.mapAtR(), 1e-9);
    Retrieval some =
        AllPairs.of(new Embeddings(new float[][] {{1, 0}, {1, 0.1f}, {0, 1}}, new int[] {0, 0, 1}))
            .retrieval()
            .orElseThrow();
    assertEquals(2, some.queries());
    assertEquals(1, some.recallAt(1));
  }

  @Test
  void principalComponents() {
    Pca pca = Pca.fit(embeddings.vectors(), D);
    assertEquals(1, Arrays.stream(pca.explained()).sum(), 1e-9);
    for (int a = 0; a < D; a++) {
      for (int b = 0; b < D; b++) {
        double product = 0;
        for (int k = 0; k < D; k++) {
          product += pca.components()[a][k] * pca.components()[b][k];
        }
        assertEquals(a == b ? 1 : 0, product, 1e-9);
      }
      assertTrue(a == 0 || pca.explained()[a] <= pca.explained()[a - 1]);
    }
    float[][] projected = pca.project(embeddings.vectors());
    double total = 0;
    double[] along = new double[D];
    for (float[] row : projected) {
      for (int k = 0; k < D; k++) {
        along[k] += row[k] * row[k];
        total += row[k] * row[k];
      }
    }
    for (int k = 0; k < D; k++) {
      assertEquals(pca.explained()[k], along[k] / total, 1e-5);
    }
    // Centerd, and no correlation is left.
    for (int k = 0; k < D; k++) {
      double mean = 0;
      double product = 0;
      for (float[] row : projected) {
        mean += row[k] / N;
        product += row[k] * row[(k + 1) % D];
      }
      assertEquals(0, mean, 1e-6);
      assertEquals(0, product / total, 1e-6);
    }
  }

  @Test
  void allFiguresIgnoreNormsOrderNumbersOfClassesAndRotation() {
    Embeddings gallery = new Embeddings(clouds(labels, 1), labels);
    Protocol protocol = new Protocol(N, N, 0, 0, 1);
    Evaluation plain = Evaluation.of(embeddings, gallery, centers, protocol);
    assertEquals(26, plain.metrics().size());
    float[][] changed = new float[N][];
    int[] renumbered = new int[N];
    for (int i = 0; i < N; i++) {
      int from = (i * 7) % N; // 7 and 150 have no common factor
      changed[i] = rotated(vectors[from], 0.1 + from);
      renumbered[i] = C - 1 - labels[from];
    }
    float[][] moved = new float[C][];
    for (int k = 0; k < C; k++) {
      moved[C - 1 - k] = rotated(centers[k], 3);
    }
    float[][] galleryMoved = new float[N][];
    int[] galleryLabels = new int[N];
    for (int i = 0; i < N; i++) {
      galleryMoved[i] = rotated(gallery.vectors()[i], 1);
      galleryLabels[i] = C - 1 - labels[i];
    }
    Evaluation other =
        Evaluation.of(
            new Embeddings(changed, renumbered),
            new Embeddings(galleryMoved, galleryLabels),
            moved,
            protocol);
    for (Metric metric : plain.metrics()) {
      assertEquals(
          metric.value().orElse(-1), other.value(metric.name()).orElse(-1), 1e-4, metric.name());
    }
  }

  /** Turned by some angle in each pair of neighbouring coordinates, and scaled. */
  private static float[] rotated(float[] v, double scale) {
    float[] turned = new float[D];
    for (int k = 0; k < D; k += 2) {
      double angle = 0.7 + k;
      turned[k] = (float) (scale * (Math.cos(angle) * v[k] - Math.sin(angle) * v[k + 1]));
      turned[k + 1] = (float) (scale * (Math.sin(angle) * v[k] + Math.cos(angle) * v[k + 1]));
    }
    return turned;
  }

  /** Of more classes than samples to draw, any class may be drawn, not the first ones. */
  @Test
  void drawsFromAllOfManyClasses() {
    int[] labels = IntStream.range(0, 3000).map(i -> i / 3 * 2).toArray();
    int[] times = new int[10];
    for (int seed = 0; seed < 20; seed++) {
      int[] drawn = Draw.balanced(labels, 400, seed);
      assertEquals(400, Arrays.stream(drawn).map(i -> labels[i]).distinct().count());
      for (int i : drawn) {
        times[labels[i] / 200]++;
      }
    }
    for (int tenth : times) {
      assertEquals(800, tenth, 100);
    }
  }

  /** Pairs of a million centers would be too many: 10,000 are drawn. */
  @Test
  void separationOfManyCenters() {
    int many = Compactness.MOST_CENTERS + 700;
    float[][] circle = new float[many][];
    for (int j = 0; j < many; j++) {
      double angle = 2 * Math.PI * j / many;
      circle[j] = new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
    }
    Compactness.Separation found = Compactness.separation(circle).orElseThrow();
    assertEquals(90, found.mean(), 0.1);
    assertEquals(360.0 / many, found.smallest(), 0.02);
  }

  @Test
  void drawsAreBalancedAndSeeded() {
    int[] drawn = Draw.balanced(labels, 70, 4);
    int[] counts = new int[C];
    Arrays.stream(drawn).forEach(i -> counts[labels[i]]++);
    assertTrue(Arrays.stream(counts).allMatch(c -> c == 10), Arrays.toString(counts));
    assertArrayEquals(drawn, Draw.balanced(labels, 70, 4));
    assertFalse(Arrays.equals(drawn, Draw.balanced(labels, 70, 5)));
    assertEquals(70, Arrays.stream(drawn).distinct().count());
  }

  @Test
  void refusesWhatIsNoEmbedding() {
    float[][] wrong = gaussian(3, 4);
    wrong[1][2] = Float.NaN;
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Embeddings(wrong, new int[3]))
            .getMessage();
    assertTrue(message.contains("row 1"), message);
    assertThrows(IllegalArgumentException.class, () -> new Embeddings(gaussian(3, 4), new int[2]));
    assertThrows(
        IllegalArgumentException.class,
        () -> Classification.accuracy(embeddings, gaussian(C - 1, D)));
  }
}
