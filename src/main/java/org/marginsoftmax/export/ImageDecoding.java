package org.marginsoftmax.export;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageForm;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.image.DecodeJpeg;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * Decodes encoded images to pixels inside the graph, with the same result as {@code ImageFile} in
 * Java up to rounding: the image is brought to size with a triangle filter, widened when shrinking;
 * transparent pixels are put on white; colour becomes grey by Rec. 601; CMYK becomes the light that
 * its inks reflect. Like {@code ImageFile}, it refuses sizes in a header that the length of the
 * file makes implausible.
 *
 * <p>TensorFlow cannot apply EXIF orientation. An image that needs rotating is refused, as is CMYK
 * without Adobe's marker. So are BMP, of which TensorFlow passes over palettes and masks, and GIF,
 * of which it decodes every frame whatever memory that takes; its operation for all kinds decodes a
 * JPEG less exactly, too. Colour profiles have no effect, here as in Java.
 */
public final class ImageDecoding {
  /** What is decoded and what is not, in words. */
  public static final String KINDS =
      "PNG and JPEG; not GIF, BMP, TIFF or WebP, nor images that EXIF data turn, nor CMYK without Adobe's marker";

  /** The smallest JPEG. */
  private static final byte[] ONE_PIXEL = onePixel();

  /** Bytes in which a PNG says how large it is. */
  private static final int HEADER = 24;

  /** EXIF data that say 2 to 8 in tag 274, of either byte order. */
  private static final String TURNED =
      "\\C*(?:Exif\\x00\\x00|eXIf)(?:"
          + "II\\*\\x00\\C*\\x12\\x01[\\x03\\x04\\x08\\x09]\\x00[\\x01\\x02]\\x00\\x00\\x00[\\x02-\\x08]\\x00"
          + "|MM\\x00\\*\\C*\\x01\\x12\\x00(?:[\\x03\\x08]\\x00\\x00\\x00[\\x01\\x02]|[\\x04\\x09]\\x00\\x00\\x00\\x01\\x00\\x00)"
          + "\\x00[\\x02-\\x08])\\C*";

  /** Rec. 601 in multiples of 2^-16, whose sums float32 holds exactly. */
  private static final float[] LUMA = {19595 / 65536f, 38470 / 65536f, 7471 / 65536f};

  private static final String ADOBE = "\\C*\\x00\\x0eAdobe\\x00\\C*";

  private ImageDecoding() {}

  /**
   * Adds operations that decode a batch, each image on its own. An image that is not a PNG or JPEG,
   * is damaged, or is too large makes the whole batch fail.
   *
   * @param encoded PNG or JPEG, [N]
   * @param form shape of the result, and how an image is brought to it
   * @return uint8 [N, H, W, channels]
   */
  public static Operand<TUint8> images(Ops tf, Operand<TString> encoded, ImageForm form) {
    ImageShape shape = form.shape();
    try (ConcreteFunction decode =
        ConcreteFunction.create(
            body -> {
              Placeholder<TString> one =
                  body.withName("encoded")
                      .placeholder(TString.class, Placeholder.shape(Shape.scalar()));
              return Signature.builder()
                  .key("decode_image")
                  .input("encoded", one)
                  .output("image", image(body, one, form))
                  .build();
            })) {
      return tf.withName("decoded")
          .mapDefun(
              List.of(encoded),
              List.of(),
              List.of(TUint8.class),
              List.of(Shape.of(shape.height(), shape.width(), shape.channels())),
              decode)
          .output()
          .get(0)
          .expect(TUint8.class);
    }
  }

  private static Operand<TUint8> image(Ops tf, Operand<TString> encoded, ImageForm form) {
    ImageShape shape = form.shape();
    // As many channels as the file has: grey, grey and alpha, colour, colour and alpha.
    Operand<TUint8> decoded =
        tf.withControlDependencies(believed(tf, encoded))
            .image
            // Of a PNG, too, for all that its name says; and of a JPEG what Java decodes.
            .decodeJpeg(encoded, DecodeJpeg.channels(0L), DecodeJpeg.dctMethod("INTEGER_ACCURATE"));
    Operand<TInt32> sizes = tf.shape(decoded);
    Operand<TFloat32> pixels =
        onWhite(
            tf,
            tf.dtypes.cast(decoded, TFloat32.class),
            tf.gather(sizes, tf.constant(2), tf.constant(0)),
            shape.channels());
    Operand<TInt32> given = tf.slice(sizes, tf.constant(new int[] {0}), tf.constant(new int[] {2}));
    return tf.withName("image")
        .reshape(
            tf.dtypes.cast(ImageFitting.fitted(tf, pixels, given, form), TUint8.class),
            tf.array(shape.height(), shape.width(), shape.channels()));
  }

  /**
   * Stops, before decoding, an image that could take any amount of memory: one whose header claims
   * far more pixels than its bytes should hold. A PNG has width and height at 16 and 20,
   * big-endian.
   */
  private static List<Op> believed(Ops tf, Operand<TString> encoded) {
    Operand<TFloat32> head =
        tf.dtypes.cast(
            tf.io.decodeRaw(
                tf.strings.substr(
                    tf.strings.join(
                        List.of(
                            tf.strings.substr(encoded, tf.constant(0), tf.constant(HEADER)),
                            tf.constant("\0".repeat(HEADER)))),
                    tf.constant(0),
                    tf.constant(HEADER)),
                TUint8.class),
            TFloat32.class);
    Operand<TFloat32> first = at(tf, head, 0, 1);
    Operand<TBool> isPng = tf.math.equal(first, tf.constant(new float[] {0x89}));
    Operand<TBool> isJpeg = tf.math.equal(first, tf.constant(new float[] {0xff}));
    // Its size is looked for in a JPEG only: of anything else in one that is.
    Operand<TFloat32> jpeg =
        tf.dtypes.cast(
            tf.image.extractJpegShape(
                tf.select(
                    tf.reduceAll(isJpeg, tf.constant(0)), encoded, encodedConstant(tf, ONE_PIXEL))),
            TFloat32.class);
    Operand<TFloat32> pixels =
        tf.select(
            isPng,
            tf.math.mul(number(tf, head, 16), number(tf, head, 20)),
            tf.math.mul(at(tf, jpeg, 0, 1), at(tf, jpeg, 1, 1)));
    Operand<TFloat32> bytes = tf.dtypes.cast(tf.strings.stringLength(encoded), TFloat32.class);
    Operand<TFloat32> most =
        tf.math.minimum(
            tf.constant((float) ImageFile.LARGEST),
            tf.math.maximum(
                tf.constant((float) ImageFile.BELIEVED),
                tf.math.mul(bytes, tf.constant((float) ImageFile.PIXELS_PER_BYTE))));
    Operand<TBool> known = tf.math.logicalOr(isPng, isJpeg);
    Operand<TBool> holds = tf.math.logicalAnd(known, tf.math.lessEqual(pixels, most));
    Operand<TBool> inks = tf.math.equal(at(tf, jpeg, 2, 1), tf.constant(new float[] {4}));
    return List.of(
        asRead(
            tf,
            // Of what is neither, its kind is said: the assertions have no order.
            tf.math.logicalNot(
                tf.math.logicalAnd(
                    tf.reduceAll(known, tf.constant(0)), matches(tf, encoded, TURNED))),
            "an upright picture, found one that its EXIF data turn"),
        asRead(
            tf,
            tf.math.logicalOr(
                tf.math.logicalNot(tf.reduceAll(inks, tf.constant(0))),
                matches(tf, encoded, ADOBE)),
            "a CMYK JPEG with the marker of Adobe, found none"),
        believed(tf, tf.reduceAll(holds, tf.constant(0)), first, pixels, bytes));
  }

  private static Operand<TBool> matches(Ops tf, Operand<TString> encoded, String pattern) {
    return tf.strings.staticRegexFullMatch(encoded, pattern);
  }

  private static Op asRead(Ops tf, Operand<TBool> holds, String expected) {
    return tf.assertThat(
        holds,
        List.of(
            tf.constant(
                "image: expected "
                    + expected
                    + "; decode it with Embedder or Pillow, and send pixels to serving_default")));
  }

  private static Op believed(
      Ops tf,
      Operand<TBool> holds,
      Operand<TFloat32> first,
      Operand<TFloat32> pixels,
      Operand<TFloat32> bytes) {
    return tf.assertThat(
        holds,
        List.of(
            tf.constant(
                "image: expected a PNG or JPEG of at most %d pixels, and above %d of at most %d a byte, found another"
                    .formatted(ImageFile.LARGEST, ImageFile.BELIEVED, ImageFile.PIXELS_PER_BYTE)),
            first,
            pixels,
            bytes));
  }

  private static Operand<TString> encodedConstant(Ops tf, byte[] content) {
    return tf.reshape(
        tf.constantOf(TString.tensorOfBytes(NdArrays.vectorOfObjects(content))),
        tf.array(new int[0]));
  }

  private static Operand<TFloat32> number(Ops tf, Operand<TFloat32> head, int from) {
    return tf.reduceSum(
        tf.math.mul(at(tf, head, from, 4), tf.constant(new float[] {1 << 24, 1 << 16, 1 << 8, 1})),
        tf.constant(0));
  }

  private static Operand<TFloat32> at(Ops tf, Operand<TFloat32> values, int from, int n) {
    return tf.slice(values, tf.constant(new int[] {from}), tf.constant(new int[] {n}));
  }

  private static byte[] onePixel() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY), "jpg", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Pixels [H, W, n] as [H, W, channels], whole numbers of 0..255. */
  private static Operand<TFloat32> onWhite(
      Ops tf, Operand<TFloat32> pixels, Operand<TInt32> n, int channels) {
    Operand<TInt32> last = tf.math.sub(n, tf.constant(1));
    // 1 of colour, 0 of grey, whose one channel then is taken three times.
    Operand<TInt32> step = tf.math.floorDiv(n, tf.constant(3));
    Operand<TInt32> indices =
        tf.stack(List.of(tf.constant(0), step, tf.math.mul(step, tf.constant(2))));
    Operand<TFloat32> color = tf.gather(pixels, indices, tf.constant(2));
    Operand<TFloat32> alpha =
        tf.math.div(
            tf.gather(pixels, tf.expandDims(last, tf.constant(0)), tf.constant(2)),
            tf.constant(255f));
    Operand<TFloat32> hasAlpha =
        tf.dtypes.cast(tf.math.floorMod(last, tf.constant(2)), TFloat32.class);
    Operand<TFloat32> clear = tf.math.mul(hasAlpha, tf.math.sub(tf.constant(1f), alpha));
    Operand<TFloat32> lying =
        ImageFitting.rounded(
            tf,
            tf.math.add(
                tf.math.mul(color, tf.math.sub(tf.constant(1f), clear)),
                tf.math.mul(tf.constant(255f), clear)));
    return channels == 1
        ? ImageFitting.rounded(
            tf,
            tf.reduceSum(
                tf.math.mul(lying, tf.constant(LUMA)), tf.constant(2), ReduceSum.keepDims(true)))
        : lying;
  }
}
