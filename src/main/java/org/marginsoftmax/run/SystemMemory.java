package org.marginsoftmax.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory of the machine. */
final class SystemMemory {
  private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

  private SystemMemory() {}

  /** The most bytes that this process had in memory at once; null where the system does not say. */
  static Long peak() {
    try {
      Matcher matcher = PEAK.matcher(Files.readString(Path.of("/proc/self/status")));
      return matcher.find() ? Long.valueOf(Long.parseLong(matcher.group(1)) << 10) : null;
    } catch (IOException e) {
      return null; // Not on Linux.
    }
  }

  /** Bytes that the system can provide, or the largest heap if it does not say. */
  static long available() {
    try {
      Matcher matcher = AVAILABLE.matcher(Files.readString(Path.of("/proc/meminfo")));
      if (matcher.find()) {
        return Long.parseLong(matcher.group(1)) << 10;
      }
    } catch (IOException e) {
      // Not on Linux.
    }
    return Runtime.getRuntime().maxMemory();
  }
}
