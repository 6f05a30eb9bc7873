package org.marginsoftmax.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.TensorFlow;

/** Memory of the machine, and what of it this process has. */
final class SystemMemory {
  /**
   * Bytes that Java and TensorFlow take once both are loaded, of a process that is not asked, or
   * where the system does not say.
   */
  static final long USUAL_PROCESS = 400L << 20;

  private SystemMemory() {}

  /** The most bytes that this process had in memory at once; null where the system does not say. */
  static Long peak() {
    OptionalLong peak = kilobytes(Path.of("/proc/self/status"), "VmHWM");
    return peak.isPresent() ? peak.getAsLong() : null;
  }

  /**
   * Bytes that this process has in memory now. TensorFlow's libraries are among them: they are
   * loaded here if they were not yet.
   */
  static long resident() {
    TensorFlow.version();
    return kilobytes(Path.of("/proc/self/status"), "VmRSS").orElse(USUAL_PROCESS);
  }

  /**
   * Bytes that this process can still get: the least of what the system has available and of what
   * the limits of its control groups (versions 1 and 2, as containers have them) leave. Memory that
   * only caches files counts as free, and swap does not count: a training in it would not end. The
   * largest heap of Java if the system does not say.
   */
  static long available() {
    return available(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
  }

  /**
   * The same, from other folders than those of the system.
   *
   * @param proc what stands in {@code /proc}
   * @param groups what stands in {@code /sys/fs/cgroup}
   */
  static long available(Path proc, Path groups) {
    long least =
        kilobytes(proc.resolve("meminfo"), "MemAvailable").orElse(Runtime.getRuntime().maxMemory());
    for (String line : lines(proc.resolve("self/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[1].isEmpty()) {
        least = Math.min(least, left(groups, parts[2], "memory.max", "memory.current", ""));
      } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
        Path memory = groups.resolve("memory");
        least =
            Math.min(
                least,
                left(memory, parts[2], "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"));
      }
    }
    return Math.max(0, least);
  }

  /** What a group and all above it leave. In a container its own group stands at the root. */
  private static long left(Path root, String group, String limit, String used, String total) {
    long least = Long.MAX_VALUE;
    Path at = root.resolve(group.substring(1)).normalize();
    while (at.startsWith(root)) {
      OptionalLong most = number(at.resolve(limit));
      OptionalLong now = number(at.resolve(used));
      if (most.isPresent() && now.isPresent()) {
        long cached = statistic(at.resolve("memory.stat"), total + "inactive_file");
        least = Math.min(least, most.getAsLong() - Math.max(0, now.getAsLong() - cached));
      }
      at = at.getParent();
    }
    return least;
  }

  /** The number in a file; none if there is no file, or a word such as {@code max}. */
  private static OptionalLong number(Path file) {
    List<String> lines = lines(file);
    return lines.size() == 1 && lines.get(0).matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(lines.get(0)))
        : OptionalLong.empty();
  }

  private static long statistic(Path file, String name) {
    return lines(file).stream()
        .filter(line -> line.matches(name + " \\d{1,18}"))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  private static OptionalLong kilobytes(Path file, String name) {
    Pattern form = Pattern.compile(name + ":\\s+(\\d+) kB");
    return lines(file).stream()
        .map(form::matcher)
        .filter(Matcher::matches)
        .mapToLong(line -> Long.parseLong(line.group(1)) << 10)
        .findFirst();
  }

  /** None where there is no such file, as on other systems than Linux. */
  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
