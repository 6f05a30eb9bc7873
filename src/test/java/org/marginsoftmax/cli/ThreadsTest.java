package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.ChildJvm;

/** A run has the threads it asks for, whatever needed TensorFlow before. */
@EnabledOnOs(OS.LINUX)
class ThreadsTest {
  private static final Path TASKS = Path.of("/proc/self/task");

  @TempDir Path dir;

  /** Runs a command, then prints how many threads there are. */
  static final class Counting {
    public static void main(String[] args) throws IOException {
      int code = Main.commandLine().execute(args);
      try (Stream<Path> tasks = Files.list(TASKS)) {
        System.out.println("code " + code + " threads " + tasks.count());
      }
      System.exit(0);
    }
  }

  private int threads(String... args) throws Exception {
    Path log = dir.resolve("log");
    new ProcessBuilder(ChildJvm.of(List.of(), Counting.class.getName(), args))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start()
        .waitFor();
    List<String> lines = Files.readAllLines(log);
    String[] last = lines.get(lines.size() - 1).split(" ");
    assertEquals("0", last[1], () -> String.join("\n", lines));
    return Integer.parseInt(last[3]);
  }

  private void assertThreads(String... args) throws Exception {
    List<Integer> counted = new ArrayList<>();
    for (String threads : List.of("1", "9")) {
      List<String> all = new ArrayList<>(List.of(args));
      all.addAll(List.of("--threads", threads, "--out", dir.resolve(threads).toString()));
      counted.add(threads(all.toArray(String[]::new)));
    }
    // Eight more, within and between operations; the JVM's own come and go.
    assertTrue(counted.get(1) - counted.get(0) > 12, counted.toString());
  }

  @Test
  void decodingJpegsTakesNoneAway() throws Exception {
    for (int i = 0; i < 40; i++) {
      Path file = dir.resolve("photos/class" + i % 2).resolve(i + ".jpg");
      Files.createDirectories(file.getParent());
      ImageIO.write(new BufferedImage(28, 28, BufferedImage.TYPE_INT_RGB), "jpg", file.toFile());
    }
    assertThreads(
        "train", "--data", dir.resolve("photos").toString(), "--image-size", "8", "--epochs", "1");
  }

  @Test
  void readingAKerasModelTakesNoneAway() throws Exception {
    assertThreads(
        "train",
        "--from-keras",
        "saved-models/softmax-0-4/model",
        "--limit",
        "200",
        "--steps",
        "1",
        "--trust");
  }
}
