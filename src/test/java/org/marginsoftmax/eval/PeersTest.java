package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Figures of sets of embeddings, degenerate ones among them, against pytorch-metric-learning
 * (retrieval, by src/test/python/make_retrieval_reference.py) and scikit-learn (verification, by
 * make_evaluation_reference.py).
 */
class PeersTest {
  private static final Protocol PLAIN = new Protocol(100_000, 1, 0, 0, 1);

  /** Cosines are the same but for the last digit of float32, which moves a threshold. */
  private static final double ROUNDING = 1.2e-7;

  private static final List<Figure> RETRIEVAL =
      List.of(
          Figure.RECALL_AT_1,
          Figure.R_PRECISION,
          Figure.MAP_AT_R,
          Figure.MEAN_AVERAGE_PRECISION,
          Figure.MEAN_RECIPROCAL_RANK);

  @Test
  void retrievalAmongTheOthers() throws IOException {
    int compared = 0;
    int tied = 0;
    for (JsonNode set : EvaluationFixtures.read("peers/retrieval")) {
      if (set.get("gallery").isNull()) {
        Embeddings some = embeddings(set, "vectors", "labels");
        Evaluation found = Evaluation.ofUnknownClasses(some, PLAIN);
        for (Figure figure : RETRIEVAL) {
          JsonNode theirs = set.get("worst").get(figure.key());
          String where = set.get("name").asText() + ", " + figure.key();
          if (theirs.isNull() || oneClass(some) || some.zeros() == some.size()) {
            assertTrue(found.value(figure.key()).isEmpty(), where);
          } else {
            assertEquals(
                theirs.asDouble(),
                found.value(figure.key()).orElseThrow(),
                tolerance(figure),
                where);
            compared++;
            tied += set.get("ties").asBoolean() ? 1 : 0;
          }
        }
      }
    }
    assertTrue(tied > 100 && compared - tied > 100, compared + ", of these tied " + tied);
  }

  @Test
  void retrievalInAGallery() throws IOException {
    int compared = 0;
    for (JsonNode set : EvaluationFixtures.read("peers/retrieval")) {
      if (!set.get("gallery").isNull()) {
        Embeddings gallery = embeddings(set, "gallery", "gallery_labels");
        Optional<Retrieval> found = Retrieval.of(embeddings(set, "vectors", "labels"), gallery);
        JsonNode theirs = set.get("worst");
        String where = set.get("name").asText();
        assertEquals(
            theirs.get("recall_at_1").isNull() || oneClass(gallery), found.isEmpty(), where);
        if (found.isPresent()) {
          Retrieval ours = found.get();
          Map.of(
                  Figure.RECALL_AT_1, ours.recallAt(1),
                  Figure.R_PRECISION, ours.meanRPrecision(),
                  Figure.MAP_AT_R, ours.mapAtR(),
                  Figure.MEAN_AVERAGE_PRECISION, ours.map(),
                  Figure.MEAN_RECIPROCAL_RANK, ours.meanReciprocalRank())
              .forEach(
                  (figure, value) ->
                      assertEquals(
                          theirs.get(figure.key()).asDouble(),
                          value,
                          tolerance(figure),
                          where + ", " + figure.key()));
          compared++;
        }
      }
    }
    assertTrue(compared > 20, "sets: " + compared);
  }

  /** Of one class everything found is right, and everything not: theirs is 1, ours undefined. */
  private static boolean oneClass(Embeddings some) {
    return Arrays.stream(some.labels()).distinct().count() == 1;
  }

  /** Their reciprocal ranks are in float32. */
  private static double tolerance(Figure figure) {
    return figure == Figure.MEAN_RECIPROCAL_RANK ? 1e-6 : 1e-12;
  }

  @Test
  void verificationOfAllPairs() throws IOException {
    int compared = 0;
    for (JsonNode set : EvaluationFixtures.read("verification")) {
      Embeddings some = embeddings(set, "vectors", "labels");
      Evaluation found = Evaluation.ofUnknownClasses(some, PLAIN);
      boolean directed = some.zeros() < some.size();
      for (Metric ours : found.metrics()) {
        String where = set.get("name").asText() + ", " + ours.name();
        if (ours.name().startsWith("tar")) {
          JsonNode theirs = set.get("tar").get(ours.name());
          assertEquals(theirs == null || !directed, ours.value().isEmpty(), where);
          if (ours.value().isPresent()) {
            assertEquals(theirs.get(0).asDouble(), ours.value().getAsDouble(), 1e-15, where);
            double threshold = ours.threshold().orElseThrow();
            assertEquals(theirs.get(2).asDouble(), threshold, ROUNDING, where);
            Verification.Point at = AllPairs.of(some).verification().orElseThrow().at(threshold);
            assertEquals(theirs.get(0).asDouble(), at.tar(), 1e-15, where);
            assertEquals(theirs.get(1).asDouble(), at.far(), 1e-15, where);
            compared++;
          }
        } else if (ours.figure() == Figure.EQUAL_ERROR_RATE
            || ours.figure() == Figure.AREA_UNDER_CURVE) {
          JsonNode theirs = set.get(ours.figure() == Figure.EQUAL_ERROR_RATE ? "eer" : "auc");
          assertEquals(theirs.isNull() || !directed, ours.value().isEmpty(), where);
          if (ours.value().isPresent()) {
            assertEquals(theirs.asDouble(), ours.value().getAsDouble(), 1e-12, where);
            compared++;
          }
        }
      }
    }
    assertTrue(compared > 200, "figures: " + compared);
  }

  private static Embeddings embeddings(JsonNode set, String vectors, String labels) {
    return new Embeddings(
        EvaluationFixtures.as(set.get(vectors), float[][].class),
        EvaluationFixtures.as(set.get(labels), int[].class));
  }
}
