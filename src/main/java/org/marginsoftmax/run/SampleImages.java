package org.marginsoftmax.run;

import java.util.AbstractList;
import java.util.List;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.report.Thumbnails;

/** Samples as images of a page. */
final class SampleImages {
  private SampleImages() {}

  /** Samples as images; null if they cannot be shown as grey or colour images. */
  static Thumbnails of(Samples samples, int[] shown) {
    // Each is read when it is drawn: all at once may be gigabytes.
    List<byte[]> images =
        new AbstractList<>() {
          @Override
          public byte[] get(int index) {
            return pixels(samples, shown[index]);
          }

          @Override
          public int size() {
            return shown.length;
          }
        };
    return are(samples) ? of(samples.element(), images) : null;
  }

  /**
   * @param images of samples that can be shown
   */
  static Thumbnails of(ElementSpec element, List<byte[]> images) {
    ImageShape shape = (ImageShape) element;
    return new Thumbnails(images, shape.height(), shape.width(), shape.channels());
  }

  /** Whether samples can be shown, as grey or colour images. */
  static boolean are(Samples samples) {
    return samples.element() instanceof ImageShape shape
        && (shape.channels() == 1 || shape.channels() == 3);
  }

  /** The pixels of a sample that can be shown. */
  static byte[] pixels(Samples samples, int index) {
    byte[] pixels = new byte[samples.element().bytes()];
    samples.copy(index, pixels, 0);
    return pixels;
  }
}
