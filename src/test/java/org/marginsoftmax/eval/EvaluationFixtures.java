package org.marginsoftmax.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Answers of scikit-learn, made by src/test/python/make_evaluation_reference.py, and of
 * pytorch-metric-learning, made by make_retrieval_reference.py.
 */
final class EvaluationFixtures {
  private static final ObjectMapper JSON = new ObjectMapper();

  private EvaluationFixtures() {}

  static JsonNode read(String name) throws IOException {
    return JSON.readTree(
        Path.of("src/test/resources/fixtures/evaluation", name + ".json").toFile());
  }

  static <T> T as(JsonNode node, Class<T> type) {
    return JSON.convertValue(node, type);
  }
}
