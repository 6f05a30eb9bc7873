package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.run.HeadConfig;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The adaptive heads and the options of all heads against float64 references, made by
 * src/test/python/make_adaptive_reference.py and head_reference.py from the papers' losses alone.
 */
class AdaptiveHeadsTest {
  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    List<JsonNode> batches = new ArrayList<>();
    for (String file : references()) {
      Fixtures.read(file).forEach(batches::add);
    }
    for (JsonNode batch : batches) {
      for (JsonNode entry : batch.get("heads")) {
        cases.add(
            Arguments.of(
                Named.of(batch.get("name").asText(), batch),
                Named.of(entry.get("head").toString(), entry)));
      }
    }
    return cases.stream();
  }

  /** Those of many heads, and those of heads that have a file of their own. */
  private static List<String> references() {
    List<String> files = new ArrayList<>(List.of("adaptive_cases.json"));
    String[] own = new File("src/test/resources/fixtures/heads").list();
    Arrays.sort(own);
    for (String file : own) {
      files.add("heads/" + file);
    }
    return files;
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("cases")
  void agreesWithFloat64(JsonNode batch, JsonNode entry) throws IOException {
    int classes = batch.get("centers").size();
    Head head = head(entry.get("head"), classes);
    double[][] x = Fixtures.matrix(batch.get("features"));
    double[][] w = centers(batch.get("centers"), head.subcenters());
    Evaluated found =
        Evaluated.layer(
            head,
            Fixtures.floats(x),
            Fixtures.floats(w),
            Fixtures.ints(batch.get("labels")),
            1.0,
            false,
            Fixtures.doubles(batch.get("draws")));
    double loss = entry.get("loss").asDouble();
    assertEquals(loss, found.loss(), 5e-6 * Math.max(1, loss), "loss");
    MarginSoftmaxReferenceTest.assertRows(
        "features", Fixtures.matrix(entry.get("grad_features")), found.gradFeatures(), x);
    MarginSoftmaxReferenceTest.assertRows(
        "centers", Fixtures.matrix(entry.get("grad_centers")), found.gradCenters(), w);
    double[] angles = Fixtures.doubles(entry.get("theta_target"));
    for (int i = 0; i < angles.length; i++) {
      assertEquals(angles[i], found.angle()[i], 1e-9, "angle of " + i);
    }
    entry
        .get("state")
        .properties()
        .forEach(
            state ->
                assertEquals(
                    state.getValue().asDouble(),
                    found.state().get(state.getKey()),
                    5e-6 * Math.max(1, Math.abs(state.getValue().asDouble())),
                    state.getKey()));
    assertEquals(entry.get("state").size(), found.state().size());
    if (entry.get("head").has("inter_class_filter")) {
      return; // the logits of removed classes are a convention
    }
    double[][] logits = Fixtures.matrix(entry.get("logits"));
    double largest = 1;
    for (double[] row : logits) {
      for (double z : row) {
        largest = Math.max(largest, Math.abs(z));
      }
    }
    for (int i = 0; i < logits.length; i++) {
      for (int k = 0; k < logits[i].length; k++) {
        assertEquals(logits[i][k], found.logits()[i][k], 2e-6 * largest, "logit " + i + " " + k);
      }
    }
  }

  static Stream<Arguments> overTenSteps() {
    return StreamSupport.stream(Fixtures.read("adaptive_steps.json").spliterator(), false)
        .map(run -> Arguments.of(Named.of(run.get("head").toString(), run)));
  }

  /** Loss and state of each step, the centers moved by their gradient at rate 0.5. */
  @ParameterizedTest
  @MethodSource("overTenSteps")
  void agreesWithFloat64OverTenSteps(JsonNode run) throws IOException {
    float[][] centers = Fixtures.floats(Fixtures.matrix(run.get("centers")));
    Head head = head(run.get("head"), centers.length);
    Map<String, Double> state = head.state(centers.length);
    for (JsonNode step : run.get("steps")) {
      Step after = step(head, step, centers, state);
      double loss = step.get("loss").asDouble();
      assertEquals(loss, after.loss, 1e-5 * Math.max(1, loss), "loss");
      for (Map.Entry<String, Double> found : after.state.entrySet()) {
        double expected = step.get("state").get(found.getKey()).asDouble();
        assertEquals(
            expected, found.getValue(), 1e-5 * Math.max(1, Math.abs(expected)), found.getKey());
      }
      centers = after.centers;
      state = after.state;
    }
    double[][] expected = Fixtures.matrix(run.get("centers_after"));
    for (int j = 0; j < expected.length; j++) {
      for (int k = 0; k < expected[j].length; k++) {
        assertEquals(expected[j][k], centers[j][k], 2e-5, "centre " + j);
      }
    }
  }

  private record Step(double loss, Map<String, Double> state, float[][] centers) {}

  private static Step step(
      Head head, JsonNode batch, float[][] centers, Map<String, Double> before) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Map<String, Operand<TFloat32>> state = new LinkedHashMap<>();
      before.forEach((name, value) -> state.put(name, tf.constant(value.floatValue())));
      Operand<TFloat64> draws = tf.constant(Fixtures.doubles(batch.get("draws")));
      HeadOutput out =
          MarginSoftmax.apply(
              tf,
              head,
              tf.constant(Fixtures.floats(Fixtures.matrix(batch.get("features")))),
              tf.constant(Fixtures.ints(batch.get("labels"))),
              tf.constant(centers),
              new HeadStep(tf.constant(1.0), tf.constant(1.0), draws, state, Map.of()));
      Session.Runner runner = session.runner().fetch(out.loss()).fetch(out.gradCenters());
      out.state().values().forEach(runner::fetch);
      try (Result result = runner.run()) {
        double[][] gradient = Evaluated.matrix(result.get(1));
        float[][] moved = new float[centers.length][];
        for (int j = 0; j < moved.length; j++) {
          moved[j] = centers[j].clone();
          for (int k = 0; k < moved[j].length; k++) {
            moved[j][k] -= (float) (0.5 * gradient[j][k]);
          }
        }
        Map<String, Double> after = new LinkedHashMap<>();
        for (String name : out.state().keySet()) {
          after.put(name, (double) ((TFloat32) result.get(2 + after.size())).getFloat());
        }
        return new Step(((TFloat32) result.get(0)).getFloat(), after, moved);
      }
    }
  }

  /** ElasticFace by its distribution: m is what the label's logit lacks of s cos(theta). */
  @Test
  void elasticMarginsAreNormal() {
    int n = 4000;
    Clouds in = Clouds.random(n, 16, 10, 21);
    for (boolean plus : new boolean[] {false, true}) {
      Head head = new AngularHead(new Margin.Cosine(new MarginSize.Elastic(0.35, 0.05, plus)), 30);
      double[] draws = draws(n);
      Evaluated found =
          Evaluated.layer(head, in.features(), in.centers(), in.labels(), 1, false, draws);
      double sum = 0;
      double squares = 0;
      double withCosine = 0;
      for (int i = 0; i < n; i++) {
        double cosine = found.cosines()[i][in.labels()[i]];
        double margin = cosine - found.logits()[i][in.labels()[i]] / 30;
        sum += margin;
        squares += margin * margin;
        withCosine += (margin - 0.35) * cosine;
      }
      double mean = sum / n;
      double deviation = Math.sqrt(squares / n - mean * mean);
      assertEquals(0.35, mean, 4 * 0.05 / Math.sqrt(n));
      assertEquals(0.05, deviation, 4 * 0.05 / Math.sqrt(2.0 * n));
      // Only '+' gives larger margins to smaller cosines; both have a deviation of 0.25 here.
      double correlation = withCosine / n / (0.05 * 0.25);
      assertEquals(plus ? -1 : 0, correlation, 0.1, "plus " + plus);
    }
  }

  /** As training draws them: stateless, from seed and step. */
  private static double[] draws(int n) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat64> draws =
          tf.random.statelessRandomNormal(
              tf.array(n), tf.constant(new long[] {3, 5}), TFloat64.class);
      try (Result result = session.runner().fetch(draws).run()) {
        return Evaluated.vector(result.get(0));
      }
    }
  }

  /** The head of a case; what the command line takes as files is made one. */
  private static Head head(JsonNode node, int classes) throws IOException {
    ObjectNode config = node.deepCopy();
    JsonNode margins = config.remove("class_margins");
    JsonNode counts = config.remove("counts");
    if (margins != null) {
      Path file = Files.createTempFile("class-margins", ".npy");
      file.toFile().deleteOnExit();
      NpyFile.write(
          file, Fixtures.floats(new double[][] {Fixtures.doubles(margins)})[0], margins.size());
      config.put("class_margins", file.toString());
    }
    return config(config).head(classes, counts == null ? null : Fixtures.ints(counts));
  }

  private static HeadConfig config(JsonNode node) throws JsonProcessingException {
    return JSON.treeToValue(node, HeadConfig.class);
  }

  /** The first K centers of each class, class by class. */
  private static double[][] centers(JsonNode classes, int perClass) {
    double[][] rows = new double[classes.size() * perClass][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Fixtures.doubles(classes.get(i / perClass).get(i % perClass));
    }
    return rows;
  }
}
