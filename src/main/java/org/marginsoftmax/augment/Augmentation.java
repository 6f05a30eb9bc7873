package org.marginsoftmax.augment;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Augmenter;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Mixer;

/**
 * Augmentation by a list of steps, {@code NAME[:PROBABILITY[:STRENGTH]]} with commas between them.
 * Each step is applied to a sample with its probability, and draws a change between none and its
 * strength.
 *
 * <p>Of images, the steps that move them come first, in the order of the list, whatever stands
 * between them. Together they are one change of perspective, and the image is interpolated once;
 * the pixels of the border go on beyond it. The other steps follow in the order of the list, on
 * levels that are rounded at the end. Grey images have no colours to change: saturation, hue and
 * grey leave them as they are.
 *
 * <p>The steps mixup and cutmix mix the samples of a batch in pairs, after all others.
 */
public final class Augmentation {
  private Augmentation() {}

  /**
   * A kind of step, for display.
   *
   * @param name of the step
   * @param of images, arrays or batches
   * @param probability the usual one
   * @param strength the usual one; null for a step without
   * @param largest strength allowed; null if the size of the array is the limit, and for a step
   *     without
   * @param unit of the strength, in words; empty for a step without
   * @param what it does, in words
   */
  public record StepHelp(
      String name,
      String of,
      double probability,
      Double strength,
      Double largest,
      String unit,
      String what) {
    private static StepHelp of(String of, StepType type) {
      StepType.Strength strength = type.strength();
      return new StepHelp(
          type.word(),
          of,
          type.probability(),
          strength == null ? null : strength.usual(),
          strength == null || Double.isInfinite(strength.largest()) ? null : strength.largest(),
          strength == null ? "" : strength.unit(),
          type.what());
    }
  }

  /** All kinds of steps: those of images, of arrays, and of batches. */
  public static List<StepHelp> steps() {
    return Stream.of(
            Stream.of(ImageStep.values()).map(type -> StepHelp.of("images", type)),
            Stream.of(ArrayStep.values()).map(type -> StepHelp.of("arrays", type)),
            Stream.of(MixStep.values()).map(type -> StepHelp.of("batches", type)))
        .flatMap(steps -> steps)
        .toList();
  }

  /** The presets and their steps. */
  public static Map<String, String> presets() {
    return Collections.unmodifiableMap(StepList.PRESETS);
  }

  /**
   * The augmenter of a list of steps.
   *
   * @param list steps for images, presets among them; or steps for arrays; {@code none} for no
   *     change
   * @param element what the samples are
   * @throws InvalidInputException if the list has other steps, a probability or a strength that is
   *     out of range, or steps that do not suit the samples
   */
  public static Augmenter of(String list, ElementSpec element) {
    if (element instanceof ImageShape image) {
      return ofImages(StepList.ofImages(list), image);
    }
    return ofArrays(StepList.ofArrays(list), (ArrayShape) element);
  }

  /**
   * What the steps of a list that mix samples do to batches.
   *
   * @param list as for {@link #of}
   * @param element what the samples are
   * @throws InvalidInputException as for {@link #of}
   */
  public static Mixer mixer(String list, ElementSpec element) {
    List<StepList.Item<MixStep>> steps =
        StepList.ofMixes(list).stream().filter(StepList.Item::acts).toList();
    if (!(element instanceof ImageShape)
        && steps.stream().anyMatch(step -> step.type() == MixStep.CUTMIX)) {
      throw new InvalidInputException(
          "augment: expected images for 'cutmix', found %s; leave it out, or say mixup"
              .formatted(element));
    }
    return steps.isEmpty() ? Mixer.NONE : new Mixing(steps, element);
  }

  private static Augmenter ofImages(List<StepList.Item<ImageStep>> list, ImageShape shape) {
    List<StepList.Item<ImageStep>> acting =
        list.stream()
            .filter(StepList.Item::acts)
            .filter(step -> shape.channels() != 1 || !step.type().ofColour())
            .toList();
    if (!acting.isEmpty() && shape.channels() != 1 && shape.channels() != 3) {
      throw new InvalidInputException(
          "augment: expected images of 1 or 3 channels, found %s; leave `augment` out"
              .formatted(shape));
    }
    if (acting.isEmpty()) {
      return Augmenter.NONE;
    }
    List<StepList.Item<ImageStep>> moves =
        acting.stream().filter(step -> step.type().moves()).toList();
    List<StepList.Item<ImageStep>> changes =
        acting.stream().filter(step -> !step.type().moves()).toList();
    return (pixels, offset, draw) -> augment(moves, changes, shape, pixels, offset, draw);
  }

  private static void augment(
      List<StepList.Item<ImageStep>> moves,
      List<StepList.Item<ImageStep>> changes,
      ImageShape shape,
      byte[] pixels,
      int offset,
      long draw) {
    SplittableRandom random = new SplittableRandom(draw);
    Homography seen = null;
    for (StepList.Item<ImageStep> step : moves) {
      // Each step has numbers of its own: another strength of one leaves the others as they are.
      SplittableRandom own = random.split();
      if (own.nextDouble() < step.probability()) {
        Homography next = step.type().seen(shape.height(), shape.width(), step.strength(), own);
        seen = seen == null ? next : seen.then(next);
      }
    }
    Picture picture = null;
    if (seen != null && seen.isMirror()) {
      mirror(shape, pixels, offset);
    } else if (seen != null) {
      picture = seen.of(picture(shape, pixels, offset));
    }
    for (StepList.Item<ImageStep> step : changes) {
      SplittableRandom own = random.split();
      if (own.nextDouble() < step.probability()) {
        picture = picture == null ? picture(shape, pixels, offset) : picture;
        step.type().change(picture, step.strength(), own);
      }
    }
    if (picture != null) {
      picture.write(pixels, offset);
    }
  }

  /** What interpolation would give too, in a tenth of the time: no pixel lies between others. */
  private static void mirror(ImageShape shape, byte[] pixels, int offset) {
    int channels = shape.channels();
    int row = shape.width() * channels;
    byte[] before = new byte[row];
    for (int y = 0; y < shape.height(); y++) {
      int at = offset + y * row;
      System.arraycopy(pixels, at, before, 0, row);
      for (int left = 0, right = row - channels; right >= 0; left += channels, right -= channels) {
        for (int c = 0; c < channels; c++) {
          pixels[at + left + c] = before[right + c];
        }
      }
    }
  }

  private static Picture picture(ImageShape shape, byte[] pixels, int offset) {
    return Picture.of(shape.height(), shape.width(), shape.channels(), pixels, offset);
  }

  private static Augmenter ofArrays(List<StepList.Item<ArrayStep>> list, ArrayShape shape) {
    List<Integer> sizes = shape.sizes();
    int frames = sizes.get(0);
    for (StepList.Item<ArrayStep> step : list) {
      if (step.type().ofSequences() && sizes.size() != 2) {
        throw new InvalidInputException(
            "augment: expected arrays [T, F] for '%s', found %s; leave it out"
                .formatted(step.type().word(), shape));
      }
      double largest = step.type().largest(frames, shape.size() / frames);
      if (step.strength() > largest) {
        throw StepList.refused(
            "strength", largest, step.toString().replaceAll(".*:", ""), step.toString());
      }
    }
    List<StepList.Item<ArrayStep>> acting = list.stream().filter(StepList.Item::acts).toList();
    if (acting.isEmpty()) {
      return Augmenter.NONE;
    }
    return (bytes, offset, draw) -> {
      SplittableRandom random = new SplittableRandom(draw);
      float[] values = new float[shape.size()];
      int first = offset / Float.BYTES;
      ArrayShape.floats(bytes).get(first, values);
      for (StepList.Item<ArrayStep> step : acting) {
        SplittableRandom own = random.split();
        if (own.nextDouble() < step.probability()) {
          step.type().change(values, frames, step.strength(), own);
        }
      }
      ArrayShape.floats(bytes).put(first, values);
    };
  }
}
