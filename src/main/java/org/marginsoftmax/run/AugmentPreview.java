package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.report.SamplePage;

/** Shows training samples as augmentation feeds them. */
public final class AugmentPreview {
  private static final int MOST = 1000;

  private AugmentPreview() {}

  /**
   * What was shown.
   *
   * @param page file of the page
   * @param samples number of samples shown
   * @param draws number of epochs shown of each
   * @param augment the list of steps
   */
  public record Result(Path page, int samples, int draws, String augment) {}

  /**
   * Writes a page that shows some training samples beside what a run with this configuration would
   * be fed of them in its first epochs. Arrays are drawn as grey pictures, time to the right.
   *
   * @param samples number of samples to show, 1..1000, spread over the classes
   * @param draws number of epochs to show, 1..1000
   * @param page file to write
   * @param progress gets a line for each file of the data that is not read
   * @throws InvalidInputException if data or augmentation cannot be used, or the page cannot be
   *     written
   */
  public static Result write(
      TrainConfig config, int samples, int draws, Path page, PrintStream progress) {
    requireInRange("samples", samples);
    requireInRange("draws", draws);
    OutputFolder.requireFile("page", page, "choose another with `out`");
    long seed = config.loop().seed();
    Samples train = TrainingData.of(config.data(), seed, null, progress).train();
    Epochs epochs = TrainingEpochs.of(config.batches(), train, 1, seed);
    List<SamplePage.Row> rows = new ArrayList<>();
    for (int number : Draw.balanced(train.labels(), samples, seed)) {
      byte[] original = new byte[train.element().bytes()];
      train.copy(number, original, 0);
      List<byte[]> pictures =
          new ArrayList<>(List.of(picture(train.element(), original, original)));
      IntStream.range(0, draws)
          .mapToObj(epoch -> picture(train.element(), original, epochs.sample(number, epoch)))
          .forEach(pictures::add);
      String name = train.name(number) + ", class " + train.classNames().get(train.label(number));
      rows.add(new SamplePage.Row(name, pictures));
    }
    String steps = config.batches().augment();
    String lead =
        "Steps: %s. Seed %d; train with the same options feeds the same.".formatted(steps, seed);
    ImageShape shape = shape(train.element());
    new SamplePage(
            "Augmentation of " + config.data().shortName(),
            lead,
            shape.height(),
            shape.width(),
            shape.channels(),
            rows)
        .write(page);
    return new Result(page, rows.size(), draws, steps);
  }

  private static void requireInRange(String what, int found) {
    if (found < 1 || found > MOST) {
      throw new InvalidInputException(
          "%s: expected 1..%d, found %d; say `%s` 8".formatted(what, MOST, found, what));
    }
  }

  /** The shape of a sample's picture. */
  private static ImageShape shape(ElementSpec element) {
    if (element instanceof ImageShape image) {
      return image;
    }
    int frames = element.sizes().get(0);
    return new ImageShape(element.size() / frames, frames, 1);
  }

  /** Pixels of a sample; an array in greys from its original's least number to its largest. */
  private static byte[] picture(ElementSpec element, byte[] original, byte[] sample) {
    if (element instanceof ImageShape) {
      return sample;
    }
    float[] range = floats(original);
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (float value : range) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    float[] values = floats(sample);
    ImageShape shape = shape(element);
    byte[] pixels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      // Time to the right, the first column of the array at the bottom.
      int at = (shape.height() - 1 - i % shape.height()) * shape.width() + i / shape.height();
      double grey = most > least ? (values[i] - least) / (most - least) : 0;
      pixels[at] = (byte) Math.round(255 * Math.max(0, Math.min(1, grey)));
    }
    return pixels;
  }

  private static float[] floats(byte[] bytes) {
    float[] values = new float[bytes.length / Float.BYTES];
    ArrayShape.floats(bytes).get(values);
    return values;
  }
}
