package org.marginsoftmax.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Subset;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.train.TrainingListener;

/**
 * Keeps where the features of some samples lie after each epoch, in {@code growth/epoch-N.npy}:
 * float32 [samples, D], of norm 1. The report plays them; a run goes on without them.
 */
final class GrowthFiles implements TrainingListener {
  /** Most samples: enough to see classes part, and a megabyte an epoch for features of size 512. */
  static final int SAMPLES = 500;

  private static final Pattern NAME = Pattern.compile("epoch-(\\d{1,9})\\.npy");

  private final Path folder;
  private final Samples samples;
  private final Function<Samples, float[][]> embed;

  private GrowthFiles(Path folder, Samples samples, Function<Samples, float[][]> embed) {
    this.folder = folder;
    this.samples = samples;
    this.embed = embed;
  }

  /**
   * The samples whose growth is kept: of the validation samples, or the training samples if there
   * are none, the same draw in each session of a run.
   */
  static Samples drawn(TrainingData data, long seed) {
    Samples from = areValidation(data) ? data.validation() : data.train();
    return new Subset(from, Draw.balanced(from.labels(), SAMPLES, seed));
  }

  /** Whether these are validation samples. */
  static boolean areValidation(TrainingData data) {
    return data.validation().size() > 0;
  }

  /**
   * Opens the folder, keeping the files up to an epoch. Those of later epochs, which will be
   * trained again, are deleted.
   *
   * @param epochs that were trained whole
   * @param embed l2-normalised features of samples, as the network sees them now
   */
  static GrowthFiles open(
      Path folder, int epochs, Samples samples, Function<Samples, float[][]> embed) {
    try {
      Files.createDirectories(folder);
      for (Path later : files(folder).tailMap(epochs, false).values()) {
        Files.delete(later);
      }
    } catch (IOException e) {
      throw FileTrouble.with(folder, e);
    }
    return new GrowthFiles(folder, samples, embed);
  }

  @Override
  public void step(Step step) {
    // Between epochs nothing is kept.
  }

  @Override
  public void epoch(Epoch epoch) {
    float[][] rows = embed.apply(samples);
    int width = rows[0].length;
    float[] values = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * width, width);
    }
    NpyFile.write(
        folder.resolve("epoch-%d.npy".formatted(epoch.epoch())), values, rows.length, width);
  }

  @Override
  public void close() {
    // Each file is whole.
  }

  /**
   * What was kept, by epoch. A file that is damaged, or of other samples, is passed over: it is
   * only looked at.
   *
   * @param samples expected rows
   * @param dimension expected size of a feature
   */
  static Map<Integer, float[][]> read(Path folder, int samples, int dimension) {
    Map<Integer, float[][]> read = new TreeMap<>();
    files(folder)
        .forEach(
            (epoch, file) -> {
              try {
                NpyFile.Floats floats = NpyFile.readFloats(file);
                if (List.of(samples, dimension).equals(shape(floats)) && isUnit(floats)) {
                  read.put(epoch, floats.rows());
                }
              } catch (InvalidInputException e) {
                // Passed over.
              }
            });
    return read;
  }

  private static List<Integer> shape(NpyFile.Floats floats) {
    return Arrays.stream(floats.shape()).boxed().toList();
  }

  /** Not of a run that diverged. */
  private static boolean isUnit(NpyFile.Floats floats) {
    for (float value : floats.values()) {
      if (!(Math.abs(value) <= 1.001f)) {
        return false;
      }
    }
    return true;
  }

  private static TreeMap<Integer, Path> files(Path folder) {
    TreeMap<Integer, Path> files = new TreeMap<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> listed = Files.list(folder)) {
        for (Path file : listed.toList()) {
          Matcher name = NAME.matcher(file.getFileName().toString());
          if (name.matches()) {
            files.put(Integer.parseInt(name.group(1)), file);
          }
        }
      } catch (IOException e) {
        throw FileTrouble.with(folder, e);
      }
    }
    return files;
  }
}
