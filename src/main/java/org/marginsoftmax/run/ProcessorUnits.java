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
  /** As Linux calls the instructions of x86-64, and those of 64-bit ARM. */
  private static final List<String> BFLOAT16 = List.of("avx512_bf16", "amx_bf16", "bf16");

  private ProcessorUnits() {}

  /**
   * Says in a line if the processor has no units for a precision and there is no GPU to use. Only
   * Linux tells what a processor has.
   */
  static void say(Precision precision, String device, PrintStream progress) {
    if (precision == Precision.FLOAT32 || onGpu(device)) {
      return;
    }
    try {
      if (lack(Files.readString(Path.of("/proc/cpuinfo")))) {
        progress.println(
            "warning: this processor has no bfloat16 units, so products in bfloat16 are slower than in float32; train with `precision` float32 unless you compare with another machine");
      }
    } catch (IOException e) {
      // Not on Linux.
    }
  }

  /** Whether a processor's description lists its instructions, and none of bfloat16. */
  static boolean lack(String cpuinfo) {
    List<String> instructions =
        cpuinfo
            .lines()
            .filter(line -> line.matches("(flags|Features)\\s*:.*"))
            .flatMap(line -> Arrays.stream(line.split("\\s+")))
            .toList();
    return !instructions.isEmpty() && BFLOAT16.stream().noneMatch(instructions::contains);
  }

  private static boolean onGpu(String device) {
    Device.Kind kind = Device.parse(device).kind();
    return kind == Device.Kind.GPU
        || kind == Device.Kind.AUTO && Device.visible().stream().anyMatch(d -> d.contains("GPU"));
  }
}
