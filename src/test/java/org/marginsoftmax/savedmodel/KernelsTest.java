package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.ChildJvm;

/**
 * oneDNN's kernels, forward and backward, over drawn sizes: {@code -Dkernels=6000} for more, {@code
 * -Dkernels.seed=N} for others.
 */
class KernelsTest {
  private static final int TRIALS = Integer.getInteger("kernels", 400);

  private static final long SEED = Long.getLong("kernels.seed", 1);

  /** A process that died is replaced, so that one fault hides no other. */
  @Test
  void convolutionsAndPoolingAreRightAndEndNoProcess() throws Exception {
    assertRight(KernelTrials.class);
  }

  @Test
  void productsAreRightAndEndNoProcess() throws Exception {
    assertRight(ProductTrials.class);
  }

  /**
   * A depthwise convolution of one channel, and later one that is fused: of one key to TensorFlow.
   */
  @Test
  void oneThatWasPreparedForAnotherIsNotUsed() throws Exception {
    List<String> faults = new ArrayList<>();
    tryOut(KernelTrials.class, 3, 42, faults, "9303");
    assertEquals(List.of(), faults);
  }

  private static void assertRight(Class<?> trials) throws Exception {
    List<String> faults = new ArrayList<>();
    int tried = 0;
    for (int process = 0; tried < TRIALS && faults.size() < 20; process++) {
      tried += tryOut(trials, SEED + 1000L * process, TRIALS - tried, faults);
    }
    assertEquals(List.of(), faults);
  }

  /** How many trials began. */
  private static int tryOut(
      Class<?> trials, long seed, int count, List<String> faults, String... first)
      throws IOException, InterruptedException {
    List<String> drawn = new ArrayList<>(List.of(String.valueOf(seed), String.valueOf(count)));
    drawn.addAll(List.of(first));
    ProcessBuilder builder =
        new ProcessBuilder(
                ChildJvm.of(
                    List.of("-XX:+SuppressFatalErrorMessage"),
                    trials.getName(),
                    drawn.toArray(String[]::new)))
            .redirectErrorStream(true);
    // Memory that nobody wrote is nowhere zero by chance.
    builder
        .environment()
        .putAll(
            Map.of(
                "TF_ENABLE_ONEDNN_OPTS", "1", "TF_CPP_MIN_LOG_LEVEL", "3", "MALLOC_PERTURB_", "9"));
    Process process = builder.start();
    int began = 0;
    String last = "nothing yet";
    boolean done = false;
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("trial ")) {
          began++;
          last = line;
        } else if (line.startsWith("wrong ")) {
          faults.add(last + ": " + line);
        }
        done |= line.equals("done");
        if (line.startsWith("Exception ")) {
          faults.add(last + ": " + line);
        }
      }
    }
    int code = process.waitFor();
    if (!done) {
      faults.add(last + ": the process ended with code " + code);
    }
    return done ? count : Math.max(began, 1);
  }
}
