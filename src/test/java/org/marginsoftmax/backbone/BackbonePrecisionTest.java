package org.marginsoftmax.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.layer.Precision;

/**
 * Layers and backbones in bfloat16, with both of TensorFlow's sets of kernels; those of bfloat16
 * only where oneDNN has them: {@code -Dprecision.trials=N} for more layers, {@code
 * -Dprecision.seed=N} for others.
 */
class BackbonePrecisionTest {
  /**
   * More blocks of the same layers; there is so much of batch norm over eight numbers in resnet-50
   * that its gradients are not comparable.
   */
  private static final Set<String> DEEPER =
      Set.of("iresnet-34", "iresnet-50", "iresnet-100", "resnet-50");

  private static final String TRIALS = System.getProperty("precision.trials", "40");
  private static final String SEED = System.getProperty("precision.seed", "1");

  @ParameterizedTest
  @CsvSource({"0", "1"})
  void aLayerRoundsItsOperandsAndItsProduct(String oneDnn) throws Exception {
    assertEquals(List.of(), faults(oneDnn, Precision.BFLOAT16_BY_FLOAT32.name(), SEED, TRIALS));
  }

  @Test
  void everyProductOfEveryBackboneIsRounded() throws Exception {
    String[] names =
        Backbones.ours().stream()
            .map(BackboneType::name)
            .filter(name -> !name.equals("none") && !DEEPER.contains(name))
            .toArray(String[]::new);
    assertEquals(List.of(), faults("1", Precision.BFLOAT16_BY_FLOAT32.name(), names));
  }

  /** Others than oneDNN's sum the gradients of convolutions in bfloat16, and take minutes. */
  @Test
  @Tag("release")
  void theKernelsOfBfloat16DoToo() throws Exception {
    assertTrue(
        Files.readString(Path.of("/proc/cpuinfo")).contains(" avx512f"),
        "this check needs a processor with AVX-512");
    assertEquals(List.of(), faults("1", Precision.BFLOAT16.name(), SEED, TRIALS));
    assertEquals(List.of(), faults("1", Precision.BFLOAT16.name(), "small-cnn", "xvector"));
  }

  private static List<String> faults(String oneDnn, String precision, String... args)
      throws IOException, InterruptedException {
    String[] all = Stream.concat(Stream.of(precision), Stream.of(args)).toArray(String[]::new);
    ProcessBuilder builder =
        new ProcessBuilder(ChildJvm.of(List.of("-Xmx1g"), PrecisionTrials.class.getName(), all))
            .redirectErrorStream(true);
    builder.environment().put("TF_ENABLE_ONEDNN_OPTS", oneDnn);
    builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "3");
    // Memory that nobody wrote is nowhere zero by chance.
    builder.environment().put("MALLOC_PERTURB_", "9");
    Process process = builder.start();
    List<String> faults = new ArrayList<>();
    List<String> said = process.inputReader().lines().toList();
    String trial = "nothing yet";
    for (String line : said) {
      if (line.startsWith("trial ")) {
        trial = line;
      } else if (line.startsWith("wrong ")) {
        faults.add(trial + ": " + line);
      }
    }
    int code = process.waitFor();
    if (!said.contains("done")) {
      faults.add(trial + ": ended with code " + code + ": " + said.get(said.size() - 1));
    }
    return faults;
  }
}
