package org.marginsoftmax.run;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.train.Device;

/** What the processor multiplies in units of its own. */
final class ProcessorUnits {
  /** As Linux calls the instructions of x86-64 that oneDNN's kernels of bfloat16 use. */
  private static final List<String> BFLOAT16 = List.of("avx512_bf16", "amx_bf16");

  private ProcessorUnits() {}

  /**
   * The precision of this id, by the kernels that suit the device: those of bfloat16 on a GPU, and
   * on a processor that has units for it, if oneDNN is used; otherwise those of float32. Those of
   * oneDNN for float32 where it is certain that they are used.
   */
  static Precision precision(String id, String device) {
    Precision usual = Precision.of(id);
    Precision own = onProcessor(usual);
    return own == usual || onGpu(device) ? usual : own;
  }

  private static Precision onProcessor(Precision precision) {
    if (precision.rounds()) {
      return !usesOneDnn() || lack(cpuinfo()) ? Precision.BFLOAT16_BY_FLOAT32 : precision;
    }
    return asksForOneDnn() ? Precision.FLOAT32_BY_ONEDNN : precision;
  }

  /** Says in a line if products are not taken by kernels of their own precision. */
  static void say(Precision precision, PrintStream progress) {
    if (precision == Precision.BFLOAT16_BY_FLOAT32) {
      progress.println(
          "warning: this processor has no bfloat16 units that TensorFlow uses, so numbers are rounded to bfloat16 and multiplied in float32: a step takes some 10 % longer than in float32; train with `precision` float32 unless you compare with another machine");
    }
  }

  /** Whether a processor's description names none of the instructions. */
  static boolean lack(String cpuinfo) {
    return cpuinfo
        .lines()
        .filter(line -> line.matches("flags\\s*:.*"))
        .flatMap(line -> Arrays.stream(line.split("\\s+")))
        .noneMatch(BFLOAT16::contains);
  }

  /**
   * As Linux has it; nothing on other systems, whose processors are taken to have no such units.
   */
  private static String cpuinfo() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo"));
    } catch (IOException e) {
      return "";
    }
  }

  /** TensorFlow uses oneDNN by default where a processor has AVX-512. */
  private static boolean usesOneDnn() {
    return !"0".equals(System.getenv("TF_ENABLE_ONEDNN_OPTS"));
  }

  /** The library for Linux on x86-64 has oneDNN on every processor that asks for it. */
  private static boolean asksForOneDnn() {
    return "1".equals(System.getenv("TF_ENABLE_ONEDNN_OPTS"))
        && System.getProperty("os.name").equals("Linux")
        && System.getProperty("os.arch").equals("amd64");
  }

  private static boolean onGpu(String device) {
    Device.Kind kind = Device.parse(device).kind();
    return kind == Device.Kind.GPU
        || kind == Device.Kind.AUTO && Device.visible().stream().anyMatch(d -> d.contains("GPU"));
  }
}
