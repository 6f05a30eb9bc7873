package org.marginsoftmax.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.Models;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/**
 * The range of pixels by the operations before the first weights. What exporters write, three
 * hundred models of both generations of Keras, is compared in check_input_range.py.
 */
class PixelRangeTest {
  /** Nodes in a row, each with the result of the one before and constants. */
  private static final class Chain {
    private final FlatGraph flat = new FlatGraph();
    private String last = "images:0";
    private int nodes;

    Chain() {
      flat.add(new FlatNode("images", "Placeholder", List.of(), Map.of()));
    }

    String constant(double... values) {
      TensorProto.Builder tensor =
          TensorProto.newBuilder()
              .setDtype(DataType.DT_DOUBLE)
              .setTensorShape(Models.shape(values.length));
      Arrays.stream(values).forEach(tensor::addDoubleVal);
      AttrValue value = AttrValue.newBuilder().setTensor(tensor).build();
      return add("Const", List.of(), Map.of("value", value));
    }

    String add(String type, List<String> inputs, Map<String, AttrValue> attributes) {
      FlatNode node = new FlatNode(type + nodes++, type, inputs, attributes);
      flat.add(node);
      return node.output(0);
    }

    /**
     * {@code Sub 1}: pixels minus 1; {@code 1 Sub}: 1 minus pixels; {@code Sub 1:2:3} by channel.
     */
    Chain then(String step) {
      List<String> inputs = new ArrayList<>();
      String type = null;
      for (String word : step.trim().split(" ")) {
        if (word.matches("[A-Z].*")) {
          type = word;
          inputs.add(last);
        } else {
          inputs.add(
              constant(Arrays.stream(word.split(":")).mapToDouble(Double::parseDouble).toArray()));
        }
      }
      Map<String, AttrValue> attributes =
          Map.of(
              "is_training", AttrValue.newBuilder().setB(false).build(),
              "DstT", AttrValue.newBuilder().setType(DataType.DT_UINT8).build(),
              "epsilon", AttrValue.newBuilder().setF(0.001f).build());
      last = add(type, inputs, attributes);
      return this;
    }

    Chain all(String steps) {
      Arrays.stream(steps.split(",")).filter(step -> !step.isBlank()).forEach(this::then);
      return this;
    }

    String last() {
      return last;
    }

    PixelRange range() {
      return PixelRange.of(maps());
    }

    List<PixelMap> maps() {
      String weights = add("VarHandleOp", List.of(), Map.of());
      String read = add("ReadVariableOp", List.of(weights), Map.of());
      String features = add("Conv2D", List.of(last, read), Map.of());
      return Preprocessing.of(
          flat, "images:0", flat.needed(List.of(features)), handle -> Double.NaN);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RealDiv 255 | 0..255",
        "Mul 0.00392 | 0..255",
        "Cast, 0.00392 Mul, Identity | 0..255",
        "Mul 0.00784, AddV2 -1 | 0..255",
        "ReverseV2 3, BiasAdd -103.9:-116.8:-123.7 | 0..255",
        "Sub 127.5 | 0..255",
        "255 Sub | 0..255",
        "RealDiv 255, Sub 0.485:0.456:0.406, RealDiv 0.229:0.224:0.225 | 0..255",
        "Sub 120, Mul 0.017 | 0..255",
        "Maximum 0, Minimum 255 | 0..255",
        "ClipByValue 0 255 | 0..255",
        "FusedBatchNormV3 1 0 120 3600 | 0..255",
        "FusedBatchNormV3 0.8 0.3 0.45 0.06 | 0..1",
        "Mul 2, Sub 1 | 0..1",
        "Mul 255.5, Cast, RealDiv 255 | 0..1",
        "Mul -1, AddV2 1 | 0..1",
        "Neg, AddV2 1 | 0..1",
        "Sub 0.5 | 0..1",
        "Sub 0.485:0.456:0.406, RealDiv 0.229:0.224:0.225 | 0..1",
        "Mul 255 | 0..1",
        "Mul 255, Sub 103.9:116.8:123.7 | 0..1",
        "ClipByValue 0 1 | 0..1",
        "AddV2 1, Mul 127.5 | -1..1",
        "Mul 0.5, AddV2 0.5, Sub 0.45, RealDiv 0.22 | -1..1",
        "ClipByValue -1 1 | -1..1",
        "Mul 2 | unknown",
        "Mul 0.1 | unknown",
        "AddV2 1, Log | unknown",
        "AddV2 0.5 | unknown",
        "RealDiv 65535 | unknown",
        "Sub 5, RealDiv 5 | unknown",
        "AddV2 128, RealDiv 255 | unknown",
        "Log1p | unknown",
        "Tanh | unknown",
        "Sigmoid, RealDiv 255 | unknown",
        "Greater 128, Cast | unknown",
        "FakeQuantWithMinMaxVars 0 255 | 0..255",
        "FakeQuantWithMinMaxVars 0 1 | 0..1",
      })
  void isReadFromConstants(String steps, String range) {
    for (String moved :
        new String[] {"", "Reshape 1, ", "Transpose 1, ", "Pad 0, ResizeBilinear 8, "}) {
      PixelRange found = new Chain().all(moved + steps).range();
      assertEquals(range, found.range(), moved + found.reason());
      assertFalse(found.assumed());
    }
  }

  @ParameterizedTest
  @CsvSource({"''", "Identity", "Mul 1", "ResizeBilinear 8", "FusedBatchNormV3 1 0 0 1"})
  void isAssumedWhereNothingIsDone(String steps) {
    PixelRange found = new Chain().all(steps).range();
    assertTrue(found.assumed(), found.toString());
    assertEquals(PixelScaling.UNIT, found.known());
    assertTrue(found.reason().contains("`input-scale`"), found.reason());
  }

  /** What neighbours differ by says nothing of what they are, and neither does a threshold. */
  @Test
  void isUnknownWherePixelsAreComparedWithPixels() {
    Chain chain = new Chain();
    String pooled = chain.add("AvgPool", List.of("images:0"), Map.of());
    chain.last = chain.add("Sub", List.of("images:0", pooled), Map.of());
    assertEquals("unknown", chain.then("RealDiv 255").range().range());
  }

  @ParameterizedTest
  @CsvSource({
    "DT_UINT8, 255, 0..255",
    "DT_UINT16, 255, 0..255",
    "DT_UINT16, 65535, 0..65535",
    "DT_UINT16, 32767, unknown",
    "DT_INT16, 32767, unknown",
    "DT_INT32, 2147483647, unknown"
  })
  void integersAreBytesUnlessTheyAreDividedByMore(DataType type, double by, String range) {
    Chain chain = new Chain().then("RealDiv " + by);
    PixelRange found = PixelRange.ofIntegers(type, chain.maps());
    assertEquals(range, found.range(), found.reason());
    if (range.equals("0..65535")) {
      assertEquals(65535, found.known().factor(0) * 255);
    }
  }

  @Test
  void channelsMayGoTheirOwnWay() {
    Chain chain = new Chain();
    List<String> channels = new ArrayList<>();
    for (double mean : new double[] {103.9, 116.8, 123.7}) {
      String channel =
          chain.add("StridedSlice", List.of("images:0", chain.constant(mean)), Map.of());
      channels.add(chain.add("Sub", List.of(channel, chain.constant(mean)), Map.of()));
    }
    chain.last = chain.add("Pack", channels, Map.of());
    assertEquals("0..255", chain.range().range());
  }

  /** What a random layer does or leaves. */
  @Test
  void bothBranchesOfAChoiceCount() {
    Chain chain = new Chain();
    String flipped = chain.add("ReverseV2", List.of("images:0", chain.constant(2)), Map.of());
    String draw = chain.add("RandomUniform", List.of(chain.constant(1)), Map.of());
    String choice = chain.add("Less", List.of(draw, chain.constant(0.5)), Map.of());
    chain.last = chain.add("SelectV2", List.of(choice, flipped, "images:0"), Map.of());
    assertEquals("0..255", chain.then("RealDiv 255").range().range());
  }

  @Test
  void waysThatWantDifferentRangesAreRefused() {
    Chain chain = new Chain().all("RealDiv 255");
    String bytes = chain.last();
    chain.last = "images:0";
    chain.all("Mul 2, Sub 1");
    String read =
        chain.add(
            "ReadVariableOp", List.of(chain.add("VarHandleOp", List.of(), Map.of())), Map.of());
    chain.last =
        chain.add(
            "AddV2",
            List.of(
                chain.add("Conv2D", List.of(bytes, read), Map.of()),
                chain.add("Conv2D", List.of(chain.last(), read), Map.of())),
            Map.of());
    PixelRange found = chain.range();
    assertEquals("unknown", found.range());
    assertTrue(found.reason().contains("0..255 and 0..1"), found.reason());
    String message = assertThrows(IllegalArgumentException.class, found::known).getMessage();
    for (String word : new String[] {"expected", "found", "`input-scale` 1 ", "1/127.5"}) {
      assertTrue(message.contains(word), message);
    }
  }

  @Test
  void imagesThatAreStandardisedMayHaveAnyRange() {
    Chain chain = new Chain();
    String axes = chain.constant(1, 2, 3);
    String mean = chain.add("Mean", List.of("images:0", axes), Map.of());
    String off = chain.add("Sub", List.of("images:0", mean), Map.of());
    String variance =
        chain.add("Mean", List.of(chain.add("Square", List.of(off), Map.of()), axes), Map.of());
    chain.last =
        chain.add(
            "RealDiv", List.of(off, chain.add("Sqrt", List.of(variance), Map.of())), Map.of());
    PixelRange found = chain.range();
    assertEquals("0..1", found.range());
    assertTrue(found.reason().contains("any range"), found.reason());
  }
}
