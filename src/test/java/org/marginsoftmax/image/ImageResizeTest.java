package org.marginsoftmax.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.Fixtures;

class ImageResizeTest {
  /** Fixtures made by Pillow: Image.resize(size, Image.BILINEAR). */
  @Test
  void resizesAsPillowDoes() {
    for (JsonNode node : Fixtures.read("resized.json")) {
      double[] in = Fixtures.doubles(node.get("pixels"));
      float[] pixels = new float[in.length];
      for (int i = 0; i < in.length; i++) {
        pixels[i] = (float) in[i];
      }
      ImageShape to =
          new ImageShape(
              node.get("to_height").asInt(),
              node.get("to_width").asInt(),
              node.get("channels").asInt());
      byte[] found =
          ImageResize.to(to, pixels, node.get("height").asInt(), node.get("width").asInt());
      int[] expected = Fixtures.ints(node.get("expected"));
      for (int i = 0; i < expected.length; i++) {
        // Pillow rounds between the axes.
        assertEquals(expected[i], found[i] & 0xff, 1, node.get("to_width") + " at " + i);
      }
    }
  }
}
