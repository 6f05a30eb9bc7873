import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.marginsoftmax.augment.Augmentation;
import org.marginsoftmax.data.Augmenter;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Shuffled;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageForm;

/**
 * Batches of JPEG files, decoded, resized to 112 x 112 and changed by steps of augmentation:
 * answers each line of standard input with the seconds that one epoch took, as pipeline_worker.py
 * does. Arguments: IMAGES THREADS STEPS. With "memory" in place of IMAGES, the speed of each step
 * alone on random images that are in memory, as a table.
 */
final class PipelineWorker {
  private static final ImageShape SHAPE = new ImageShape(112, 112, 3);

  public static void main(String[] args) throws IOException {
    int threads = Integer.parseInt(args[1]);
    if (args[0].equals("memory")) {
      table(threads);
      return;
    }
    Samples files = new Files112(args[0]);
    Epochs epochs =
        new Epochs(
            files, new Shuffled(files.size()), Augmentation.of(args[2], SHAPE), 128, 1, threads);
    try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
      epoch(epochs, 0);
      System.out.println("ready");
      for (int turn = 1; in.readLine() != null; turn++) {
        System.out.println(epoch(epochs, turn));
      }
    }
  }

  private static double epoch(Epochs epochs, int turn) {
    long start = System.nanoTime();
    long sum = 0;
    try (Batches batches = epochs.batches(turn, 0, null)) {
      while (batches.hasNext()) {
        Batch batch = batches.next();
        sum += batch.elements()[turn % batch.elements().length];
      }
    }
    return (System.nanoTime() - start) / 1e9 + (sum == Long.MIN_VALUE ? 1 : 0);
  }

  private static void table(int threads) {
    Samples samples = new Random112(1024);
    System.out.println("| steps | images a second |");
    System.out.println("| --- | --- |");
    Stream<String> steps =
        Augmentation.steps().stream()
            .filter(step -> step.of().equals("images"))
            .map(
                step ->
                    step.name() + ":1" + (step.strength() == null ? "" : ":" + step.strength()));
    for (String list :
        Stream.concat(
                Stream.concat(Stream.of("none"), steps),
                Augmentation.presets().keySet().stream().filter(name -> !name.equals("none")))
            .toList()) {
      Augmenter augmenter = Augmentation.of(list, SHAPE);
      Epochs epochs = new Epochs(samples, new Shuffled(1024), augmenter, 128, 1, threads);
      epoch(epochs, 0);
      double fastest = Math.min(epoch(epochs, 1), Math.min(epoch(epochs, 2), epoch(epochs, 3)));
      System.out.printf("| `%s` | %,.0f |%n", list, 1024 / fastest);
    }
  }

  private abstract static class Of112 implements Samples {
    @Override
    public ElementSpec element() {
      return SHAPE;
    }

    @Override
    public int label(int index) {
      return index % 2;
    }

    @Override
    public List<String> classNames() {
      return List.of("a", "b");
    }

    @Override
    public String hash() {
      return "";
    }
  }

  /** Decoded whenever they are asked for. */
  private static final class Files112 extends Of112 {
    private final List<Path> files;

    Files112(String folder) throws IOException {
      try (Stream<Path> found = Files.list(Path.of(folder))) {
        files = found.sorted().toList();
      }
    }

    @Override
    public int size() {
      return files.size();
    }

    @Override
    public void copy(int index, byte[] target, int offset) {
      try {
        byte[] pixels = ImageFile.read(files.get(index), ImageForm.stretched(SHAPE));
        System.arraycopy(pixels, 0, target, offset, pixels.length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Random112 extends Of112 {
    private final byte[] pixels;

    Random112(int n) {
      pixels = new byte[n * SHAPE.size()];
      new Random(1).nextBytes(pixels);
    }

    @Override
    public int size() {
      return pixels.length / SHAPE.size();
    }

    @Override
    public void copy(int index, byte[] target, int offset) {
      System.arraycopy(pixels, index * SHAPE.size(), target, offset, SHAPE.size());
    }
  }
}
