package org.marginsoftmax.run;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.TensorSpec;

/** The inputs of a model: rows for each input, by name. */
interface ModelInputs {
  int count();

  /** The rows from {@code from}, inclusive, to {@code to}, exclusive, by input name. */
  Map<String, Numbers> rows(int from, int to);

  /**
   * Inputs from NPY files.
   *
   * @param files by input name; an empty name stands for the only input
   * @throws InvalidInputException if they do not fit the signature
   */
  static ModelInputs ofArrays(Map<String, Path> files, SignatureSpec signature) {
    List<TensorSpec> inputs = signature.inputs();
    Map<String, Numbers> arrays = new LinkedHashMap<>();
    for (Map.Entry<String, Path> file : new TreeMap<>(files).entrySet()) {
      boolean only = file.getKey().isEmpty() && inputs.size() == 1;
      String name = only ? inputs.get(0).name() : file.getKey();
      if (inputs.stream().noneMatch(input -> input.name().equals(name))
          || files.size() != inputs.size()) {
        throw new InvalidInputException(
            "inputs: expected %s, found %s; give each as `input` NAME=FILE.NPY, or as `input-value` NAME=VALUE for all rows"
                .formatted(
                    inputs.stream().map(TensorSpec::toString).toList(),
                    files.keySet().stream()
                        .map(n -> n.isEmpty() ? "one without name" : n)
                        .toList()));
      }
      NpyFile.Numbers read = NpyFile.readNumbers(file.getValue());
      checkFinite(file.getValue(), read);
      arrays.put(name, new Numbers(read.shape(), read.values()));
    }
    int count = arrays.values().iterator().next().rows();
    if (arrays.values().stream()
        .anyMatch(a -> a.shape().length == 0 || a.rows() != count || count == 0)) {
      throw new InvalidInputException(
          "inputs: expected equally many rows in each, at least one, found shapes %s; give as many of each"
              .formatted(arrays.values().stream().map(a -> Arrays.toString(a.shape())).toList()));
    }
    return new ModelInputs() {
      @Override
      public int count() {
        return count;
      }

      @Override
      public Map<String, Numbers> rows(int from, int to) {
        Map<String, Numbers> rows = new LinkedHashMap<>();
        arrays.forEach((name, array) -> rows.put(name, array.rows(from, to)));
        return rows;
      }
    };
  }

  /** Refuses NaN and infinity, which would spread to the output and be noticed much later. */
  private static void checkFinite(Path file, NpyFile.Numbers numbers) {
    double[] values = numbers.values();
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        int row = numbers.shape().length == 0 ? 0 : i / (values.length / numbers.shape()[0]);
        throw new InvalidInputException(
            "input %s: expected finite numbers, found %s in row %d; remove or mend the row"
                .formatted(file, values[i], row));
      }
    }
  }

  /** Samples as the only input: images are scaled, arrays used as they are. */
  static ModelInputs ofSamples(Samples samples, SignatureSpec signature, PixelScaling scaling) {
    List<TensorSpec> inputs = signature.inputs();
    ElementSpec element = samples.element();
    if (element instanceof ImageShape image) {
      scaling.requireChannels(image.channels());
    }
    return new ModelInputs() {
      @Override
      public int count() {
        return samples.size();
      }

      @Override
      public Map<String, Numbers> rows(int from, int to) {
        byte[] bytes = new byte[Math.multiplyExact(to - from, element.bytes())];
        for (int i = from; i < to; i++) {
          samples.copy(i, bytes, (i - from) * element.bytes());
        }
        double[] values = new double[bytes.length / element.bytesPerNumber()];
        if (element instanceof ImageShape image) {
          int channels = image.channels();
          for (int i = 0; i < values.length; i++) {
            int channel = i % channels;
            int pixel = bytes[i - channel + scaling.source(channel)] & 0xff;
            values[i] = pixel * scaling.factor(channel) + scaling.offset(channel);
          }
        } else {
          FloatBuffer floats = ArrayShape.floats(bytes);
          Arrays.setAll(values, floats::get);
        }
        int[] sizes =
            IntStream.concat(
                    IntStream.of(to - from), element.sizes().stream().mapToInt(size -> size))
                .toArray();
        return Map.of(inputs.get(0).name(), withoutChannel(new Numbers(sizes, values), inputs));
      }
    };
  }

  /** Grey images for a model that takes [N, H, W]. */
  private static Numbers withoutChannel(Numbers images, List<TensorSpec> inputs) {
    List<Long> wanted = inputs.get(0).shape();
    return wanted != null
            && wanted.size() == 3
            && images.shape().length == 4
            && images.shape()[3] == 1
        ? new Numbers(Arrays.copyOf(images.shape(), 3), images.values())
        : images;
  }
}
