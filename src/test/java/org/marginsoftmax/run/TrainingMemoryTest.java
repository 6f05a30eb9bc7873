package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.head.Heads;

/** What training is expected to take, against what it takes in a process of its own. */
@EnabledOnOs(OS.LINUX)
class TrainingMemoryTest {
  private static final int DRAWS = Integer.getInteger("memory.draws", 4);

  private static final long SEED = Long.getLong("memory.seed", 1);

  private record Seen(String what, double expected, double peak) {
    double ratio() {
      return expected / peak;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%.3f expected %.0f seen %.0f MB %s", ratio(), expected, peak, what);
    }
  }

  /**
   * A few draws, each small: within a third or so, for the heap of Java is much of a small process.
   */
  @Test
  void smallTrainingsTakeWhatIsExpected() throws Exception {
    Random random = new Random(SEED);
    for (int i = 0; i < DRAWS; i++) {
      Seen seen = seen(drawn(random, i, 20_000, 8));
      assertEquals(1, seen.ratio(), 0.35, seen.toString());
    }
  }

  /** What TensorFlow takes to prepare hundreds of blocks is given back, which leaves the graph. */
  @Test
  void hundredsOfBlocksTakeWhatIsExpected() throws Exception {
    Seen seen = seen(List.of("128", "100000", "backbone.name=none", "loop.shards=256"));
    assertEquals(1, seen.ratio(), 0.12, seen.toString());
  }

  /** Prints the distribution: {@code -Dmemory.draws=60 -Dmemory.seed=2}. */
  @Test
  @Tag("release")
  void trainingsTakeWhatIsExpected() throws Exception {
    Random random = new Random(SEED);
    List<Seen> large = new ArrayList<>();
    for (int i = 0; i < Math.max(20, DRAWS); i++) {
      Seen seen = seen(drawn(random, i, 300_000, 64));
      System.out.println(seen);
      if (seen.peak() > 1500) {
        large.add(seen);
      }
    }
    long near = large.stream().filter(seen -> Math.abs(seen.ratio() - 1) <= 0.1).count();
    System.out.printf("%d of %d above 1.5 GB within 10 %%%n", near, large.size());
    assertTrue(near >= 0.9 * large.size(), () -> large.toString());
  }

  /** Every other draw has no backbone, and so more classes. */
  private static List<String> drawn(Random random, int number, int mostClasses, int mostBatch) {
    List<String> args = new ArrayList<>();
    String backbone = "none";
    if (number % 2 == 0) {
      args.add(String.valueOf(List.of(64, 128, 256, 512).get(random.nextInt(4))));
    } else {
      backbone =
          List.of("small-cnn", "mobilefacenet", "iresnet-18", "xvector").get(random.nextInt(4));
      args.add(
          switch (backbone) {
            case "small-cnn" -> List.of("28x28x1", "64x64x3").get(random.nextInt(2));
            case "xvector" -> "200,80";
            default -> List.of("112x112x3", "112x112x1").get(random.nextInt(2));
          });
    }
    String head = Heads.names().get(random.nextInt(Heads.names().size()));
    double most = number % 2 == 0 ? mostClasses : mostClasses / 4.0;
    most /= HeadConfig.named(head).head(3, new int[] {1, 1, 1}).subcenters();
    args.add(String.valueOf((int) (10 * Math.pow(most / 10, random.nextDouble()))));
    args.add("backbone.name=" + backbone);
    args.add("head.name=" + head);
    args.add("loop.batch_size=" + (backbone.equals("none") ? 128 : 2 + random.nextInt(mostBatch)));
    args.add("optimizer.name=" + List.of("sgd", "adam").get(random.nextInt(2)));
    switch (random.nextInt(5)) {
      case 0 -> args.add("loop.partial_fc=0.3");
      case 1 -> args.add("loop.shards=" + (1 + random.nextInt(10)));
      case 2 -> args.add("optimizer.ema=0.9");
      case 3 -> args.add("optimizer.clip_norm=5");
      default -> {}
    }
    return args;
  }

  private static Seen seen(List<String> args) throws IOException, InterruptedException {
    ProcessBuilder child =
        new ProcessBuilder(
            ChildJvm.of(
                List.of("-Xmx1g", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"),
                MemoryChild.class.getName(),
                args.toArray(String[]::new)));
    child.environment().put("TF_CPP_MIN_LOG_LEVEL", "2");
    Process process = child.redirectErrorStream(true).start();
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, process.waitFor(), () -> args + ": " + printed);
    String[] lines = printed.split("\n");
    String[] numbers = lines[lines.length - 1].split(" ");
    return new Seen(
        args + "; " + lines[lines.length - 2],
        Double.parseDouble(numbers[0]) / (1 << 20),
        Double.parseDouble(numbers[1]) / (1 << 20));
  }
}
