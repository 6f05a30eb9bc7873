package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.backbone.PixelScaling.Order;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.data.Pixels;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.TensorSpec;
import org.marginsoftmax.train.Network;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;

/** What becomes of pixels, by name or by numbers, in graphs and in arrays. */
class PixelsTest {
  private static List<PixelScaling> scalings() {
    List<PixelScaling> all = new ArrayList<>(PixelScaling.NAMED.values());
    all.add(new PixelScaling(List.of(0.5, 2.0, -1.0), List.of(7.0), Order.RGB));
    all.add(new PixelScaling(List.of(0.5), List.of(7.0, 8.0, 9.0), Order.BGR));
    all.add(new PixelScaling(List.of(1.0, 2.0, 3.0), List.of(7.0, 8.0, 9.0), Order.BGR));
    all.add(new PixelScaling(List.of(1 / 255.0), List.of(0.0), Order.BGR));
    all.add(new PixelScaling(List.of(0.1, 0.2), List.of(1.0, 2.0), Order.RGB));
    return all;
  }

  private static boolean fits(PixelScaling scaling, int channels) {
    int each = Math.max(scaling.factors().size(), scaling.offsets().size());
    return (each == 1 || each == channels) && (scaling.order() == Order.RGB || channels == 3);
  }

  /** By the definition, of two images of 2 x 3 pixels. */
  private static double[] expected(PixelScaling scaling, byte[] pixels, int channels) {
    double[] values = new double[pixels.length];
    for (int p = 0; p < pixels.length / channels; p++) {
      for (int c = 0; c < channels; c++) {
        int from = scaling.order() == Order.BGR ? new int[] {2, 1, 0}[c] : c;
        List<Double> factors = scaling.factors();
        List<Double> offsets = scaling.offsets();
        values[p * channels + c] =
            (pixels[p * channels + from] & 0xff) * factors.get(factors.size() > 1 ? c : 0)
                + offsets.get(offsets.size() > 1 ? c : 0);
      }
    }
    return values;
  }

  private static byte[] pixels(int channels) {
    byte[] pixels = new byte[2 * 6 * channels];
    new Random(channels).nextBytes(pixels);
    return pixels;
  }

  private static Network network(int channels) {
    return new Network(
        new ImageShape(2, 3, channels),
        (layers, images) -> layers.flatten(images),
        AngularHead.arcFace(0.3, 10),
        3);
  }

  @Test
  void aNetworkScalesAndOrdersWhateverItsChannels() {
    for (PixelScaling scaling : scalings()) {
      for (int channels : new int[] {1, 2, 3, 4}) {
        if (!fits(scaling, channels)) {
          InvalidInputException refused =
              assertThrows(
                  InvalidInputException.class, () -> network(channels).withPixels(scaling));
          assertTrue(refused.getMessage().contains("image-color"), refused.getMessage());
          continue;
        }
        byte[] pixels = pixels(channels);
        Network network = network(channels).withPixels(scaling);
        try (Graph graph = new Graph()) {
          Ops tf = Ops.create(graph);
          Operand<? extends TNumber> elements = network.elements(tf);
          Operand<TFloat32> features =
              network.features(Layers.scoring(tf, new Variables(tf, 0)), elements);
          try (Session session = new Session(graph);
              TUint8 in =
                  TUint8.tensorOf(
                      Shape.of(2, 2, 3, channels), DataBuffers.of(pixels, true, false));
              Result result = session.runner().feed(elements, in).fetch(features).run()) {
            TFloat32 out = (TFloat32) result.get(0);
            double[] wanted = expected(scaling, pixels, channels);
            for (int i = 0; i < wanted.length; i++) {
              int each = 6 * channels;
              assertEquals(wanted[i], out.getFloat(i / each, i % each), 2e-5 * 255, "" + scaling);
            }
          }
        }
      }
    }
  }

  @Test
  void rowsForAModelAreWhatANetworkWouldSee() {
    for (PixelScaling scaling : scalings()) {
      for (int channels : new int[] {1, 2, 3, 4}) {
        byte[] pixels = pixels(channels);
        InMemorySamples samples =
            new InMemorySamples(
                Pixels.of(new ImageShape(2, 3, channels), pixels),
                new int[] {0, 1},
                List.of("a", "b"));
        SignatureSpec signature =
            new SignatureSpec(
                "s",
                List.of(
                    new TensorSpec(
                        "x", "x:0", DataType.DT_FLOAT, List.of(-1L, 2L, 3L, (long) channels))),
                List.of());
        if (fits(scaling, channels)) {
          double[] found =
              ModelInputs.ofSamples(samples, signature, scaling).rows(0, 2).get("x").values();
          assertArrayEquals(expected(scaling, pixels, channels), found, 1e-12, "" + scaling);
        } else {
          assertThrows(
              InvalidInputException.class,
              () -> ModelInputs.ofSamples(samples, signature, scaling));
        }
      }
    }
  }

  @Test
  void whatIsAskedForIsKept() {
    PixelScaling own = PixelScaling.SIGNED;
    assertEquals(own, InputConfig.usual().over(own));
    PixelScaling.NAMED.forEach(
        (name, scaling) ->
            assertEquals(scaling, new InputConfig(name, null, null, null).over(own)));
    assertEquals(
        new PixelScaling(own.factors(), own.offsets(), Order.BGR),
        new InputConfig(null, null, null, "bgr").over(own));
    for (PixelScaling scaling : scalings()) {
      TrainConfig config = TrainConfig.usual().with(InputConfig.options(scaling));
      assertEquals(scaling, config.input().over(own));
      TrainConfig read = Json.convert(Json.tree(config), TrainConfig.class);
      assertEquals(config, read);
    }
    // One value for all channels is written as it was before there could be several.
    assertEquals(
        0.5,
        Json.tree(TrainConfig.usual().with(Map.of("input.scale", 0.5)))
            .at("/input/scale")
            .asDouble());
    assertThrows(
        InvalidInputException.class, () -> new InputConfig("torch", List.of(1.0), null, null));
    assertThrows(InvalidInputException.class, () -> new InputConfig("imagenet", null, null, null));
    assertThrows(
        InvalidInputException.class,
        () -> new InputConfig(null, List.of(1.0, 2.0), List.of(1.0, 2.0, 3.0), null));
  }

  /** Runs of older versions keep one factor and offset with what they took from Keras models. */
  @Test
  void anOlderRunScalesAsItDid() {
    ObjectNode old = (ObjectNode) Json.tree(TrainConfig.usual());
    old.remove("input");
    assertNull(completed(old).input().asked());
    ((ObjectNode) old.get("keras")).put("input_scale", 1 / 127.5).put("input_offset", -1.0);
    assertEquals(PixelScaling.SIGNED, completed(old).input().asked());
    ((ObjectNode) old.get("keras")).putNull("input_scale").putNull("input_offset");
    assertEquals(InputConfig.usual(), completed(old).input());
  }

  private static TrainConfig completed(ObjectNode options) {
    ObjectNode record = Json.MAPPER.createObjectNode();
    record.set("options", options.deepCopy());
    TrainConfig.complete(record);
    return Json.convert(record.get("options"), TrainConfig.class);
  }

  @Test
  void torchAndCaffeAreTheirLibraries() {
    // (pixel / 255 - mean) / deviation, and pixel - mean in blue, green, red.
    double[] means = {0.485, 0.456, 0.406};
    double[] deviations = {0.229, 0.224, 0.225};
    IntStream.range(0, 3)
        .forEach(
            c -> {
              double torch = 200 * PixelScaling.TORCH.factor(c) + PixelScaling.TORCH.offset(c);
              assertEquals((200 / 255.0 - means[c]) / deviations[c], torch, 1e-12);
              assertEquals(1, PixelScaling.CAFFE.factor(c));
              assertEquals(2 - c, PixelScaling.CAFFE.source(c));
            });
    assertEquals(List.of(-103.939, -116.779, -123.68), PixelScaling.CAFFE.offsets());
  }
}
