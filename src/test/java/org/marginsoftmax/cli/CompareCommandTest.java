package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.npy.NpzFile;

class CompareCommandTest extends CommandTest {
  @TempDir Path dir;

  private void train(String name, int seed) {
    assertEquals(
        0,
        run(
            "train --epochs 1 --batch-size 16 --threads 1 --data DIR/x.npz --seed "
                .replace("DIR", dir.toString())
                .concat(seed + " --out " + dir.resolve(name))
                .split(" ")),
        () -> err);
  }

  /**
   * Two seeds divide the same arrays in two ways: one has trained on what the other is tested on.
   */
  @Test
  void saysWhatAReaderHasToKnow() throws IOException {
    Random random = new Random(1);
    double[] values = new double[120 * 6];
    int[] labels = new int[120];
    for (int i = 0; i < values.length; i++) {
      labels[i / 6] = i / 6 % 4;
      values[i] = (i % 6 == labels[i / 6] ? 3 : 0) + random.nextGaussian();
    }
    NpzFile.write(dir.resolve("x.npz"), NpyFile.Type.FLOAT32, values, new int[] {120, 6}, labels);
    train("a", 1);
    train("b", 2);
    String a = dir.resolve("a").toString();
    String b = dir.resolve("b").toString();
    assertEquals(0, run("compare", a, a, "--bootstrap", "100"), () -> err);
    assertFalse(out.contains("may have been trained on"), out);
    assertTrue(
        out.matches("(?s).*\\n  recall_at_1 +\\S+ +\\S+ +0 +- +no difference shown\\n.*"), out);
    assertEquals(0, run("compare", a, b, "--bootstrap", "100"), () -> err);
    assertTrue(out.contains("may have been trained on some of these"), out);
    assertTrue(out.contains("24 test samples of 4 classes"), out);
    assertTrue(out.contains("baseline  " + a), out);

    assertEquals(2, run("compare", a));
    assertTrue(err.contains("expected at least 2 runs") && err.lines().count() == 1, err);
    assertEquals(2, run("compare"));
    assertEquals(2, run("compare", a, dir.resolve("x.npz").toString()));
    assertEquals(1, err.lines().count(), err);
  }
}
