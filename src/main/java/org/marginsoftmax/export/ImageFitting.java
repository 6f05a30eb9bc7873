package org.marginsoftmax.export;

import java.util.List;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.image.ImageForm;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.image.ScaleAndTranslate;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Brings images of any size to that of the samples inside the graph: stretched, padded or cropped,
 * as {@code Placement} and {@code ImageResize} do in Java.
 */
final class ImageFitting {
  private final Ops tf;
  private final ImageForm form;

  private ImageFitting(Ops tf, ImageForm form) {
    this.tf = tf;
    this.form = form;
  }

  /**
   * @param pixels float32 [h, w, channels]
   * @param given h and w
   * @return float32 [H, W, channels], whole numbers of 0..255
   */
  static Operand<TFloat32> fitted(
      Ops tf, Operand<TFloat32> pixels, Operand<TInt32> given, ImageForm form) {
    ImageFitting fitting = new ImageFitting(tf, form);
    return switch (form.fit().kind()) {
      case STRETCH -> fitting.resized(pixels, fitting.size(), fitting.float64(given));
      case PAD -> fitting.padded(pixels, given);
      case CROP -> fitting.cropped(pixels, given);
    };
  }

  private Operand<TInt32> size() {
    ImageShape shape = form.shape();
    return tf.constant(new int[] {shape.height(), shape.width()});
  }

  private Operand<TFloat32> padded(Operand<TFloat32> pixels, Operand<TInt32> given) {
    Operand<TInt64> side = tf.dtypes.cast(given, TInt64.class);
    Operand<TInt64> other = swapped(side);
    Operand<TInt64> most = tf.dtypes.cast(size(), TInt64.class);
    Operand<TInt64> two = tf.constant(2L);
    Operand<TInt64> inProportion =
        tf.math.floorDiv(
            tf.math.add(tf.math.mul(two, tf.math.mul(side, swapped(most))), other),
            tf.math.mul(two, other));
    Operand<TInt32> part =
        tf.dtypes.cast(
            tf.math.maximum(tf.constant(1L), tf.math.minimum(most, inProportion)), TInt32.class);
    Operand<TInt32> left = tf.math.sub(size(), part);
    Operand<TInt32> before = tf.math.floorDiv(left, tf.constant(2));
    Operand<TInt32> borders =
        tf.concat(
            List.of(
                tf.stack(List.of(before, tf.math.sub(left, before)), Stack.axis(1L)),
                tf.constant(new int[][] {{0, 0}})),
            tf.constant(0));
    return tf.pad(
        resized(pixels, part, float64(given)), borders, tf.constant((float) form.fit().border()));
  }

  private Operand<TFloat32> cropped(Operand<TFloat32> pixels, Operand<TInt32> given) {
    Operand<TFloat64> side = float64(given);
    Operand<TFloat64> size = float64(size());
    Operand<TFloat64> part =
        tf.math.minimum(side, tf.math.div(tf.math.mul(swapped(side), size), swapped(size)));
    return resized(pixels, size(), part);
  }

  /**
   * Resizes the middle of an image, like Pillow first across and then down, each to whole numbers.
   *
   * @param part height and width of the middle, float64 [2]
   */
  private Operand<TFloat32> resized(
      Operand<TFloat32> pixels, Operand<TInt32> size, Operand<TFloat64> part) {
    Operand<TInt32> given =
        tf.slice(tf.shape(pixels), tf.constant(new int[] {0}), tf.constant(new int[] {2}));
    Operand<TFloat64> scale = tf.math.div(float64(size), part);
    Operand<TFloat64> start = tf.math.mul(tf.math.sub(float64(given), part), tf.constant(0.5));
    Operand<TFloat64> one = tf.constant(1.0);
    Operand<TFloat64> none = tf.constant(0.0);
    Operand<TFloat32> across =
        along(
            pixels,
            pair(height(given), width(size)),
            pair(one, width(scale)),
            pair(none, width(start)));
    return along(across, size, pair(height(scale), one), pair(height(start), none));
  }

  /** Resizes along one axis, to whole numbers. */
  private Operand<TFloat32> along(
      Operand<TFloat32> pixels,
      Operand<TInt32> size,
      Operand<TFloat64> scale,
      Operand<TFloat64> start) {
    Operand<TFloat32> resized =
        tf.image.scaleAndTranslate(
            tf.expandDims(pixels, tf.constant(0)),
            size,
            tf.dtypes.cast(scale, TFloat32.class),
            tf.dtypes.cast(tf.math.neg(tf.math.mul(start, scale)), TFloat32.class),
            ScaleAndTranslate.kernelType("triangle"),
            ScaleAndTranslate.antialias(true));
    return tf.clipByValue(
        rounded(tf, tf.squeeze(resized, Squeeze.axis(List.of(0L)))),
        tf.constant(0f),
        tf.constant(255f));
  }

  static Operand<TFloat32> rounded(Ops tf, Operand<TFloat32> values) {
    return tf.math.floor(tf.math.add(values, tf.constant(0.5f)));
  }

  private <T extends TNumber> Operand<T> height(Operand<T> pair) {
    return tf.gather(pair, tf.constant(0), tf.constant(0));
  }

  private <T extends TNumber> Operand<T> width(Operand<T> pair) {
    return tf.gather(pair, tf.constant(1), tf.constant(0));
  }

  private <T extends TNumber> Operand<T> pair(Operand<T> height, Operand<T> width) {
    return tf.stack(List.of(height, width));
  }

  private Operand<TFloat64> float64(Operand<TInt32> values) {
    return tf.dtypes.cast(values, TFloat64.class);
  }

  private <T extends TType> Operand<T> swapped(Operand<T> pair) {
    return tf.reverse(pair, tf.constant(new int[] {0}));
  }
}
