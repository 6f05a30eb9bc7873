package org.marginsoftmax.savedmodel;

import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Loader;

/** Starts a process in which models are tried and watches its time, its memory and its end. */
final class TrialProcess implements AutoCloseable {
  static final String NO_ANSWER = "no answer within ";

  /**
   * Heap of the JVM. Four times the size of the graph is added, which it holds twice while loading.
   */
  private static final long HEAP = 1L << 29;

  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration PAUSE = Duration.ofMillis(10);

  /** How many times longer a process may take if other processes keep it from running. */
  private static final int PATIENCE = 6;

  private final String word = UUID.randomUUID() + " ";
  private final Process process;
  private final DataOutputStream requests;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final Thread reader;
  private volatile String complaint = "";

  /** Size in bytes of the largest graph that it can read. */
  private final long graph;

  private long start;

  /**
   * Starts a process.
   *
   * @param graph size in bytes of the largest graph that it has to read
   */
  TrialProcess(long graph) throws IOException {
    this.graph = Math.max(graph, HEAP / 8);
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx%dm".formatted((HEAP + 4 * graph) >> 20),
                // Else TensorFlow may take no more than four times the heap.
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+SuppressFatalErrorMessage",
                "-cp",
                classPath(),
                TrialChild.class.getName(),
                word)
            .redirectErrorStream(true);
    builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "2");
    process = builder.start();
    requests = new DataOutputStream(process.getOutputStream());
    reader = new Thread(this::read, "trial");
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int at = line.indexOf(word);
        if (at >= 0) {
          answers.add(line.substring(at + word.length()));
        } else if (line.contains("Check failed")) {
          complaint = line.substring(line.indexOf("Check failed"));
        }
      }
    } catch (IOException e) {
      // The process is gone, which its exit code says better.
    }
  }

  /** Asks the process to try a model. */
  void ask(String folder, String signature) throws IOException {
    requests.writeUTF(folder);
    requests.writeUTF(signature);
    requests.flush();
  }

  /** Waits until the process is ready; if it fails to start, returns the reason. */
  Optional<String> started() throws IOException {
    String said = answer(START, Long.MAX_VALUE);
    start = resident();
    return said.equals("ready") ? Optional.empty() : Optional.of(said);
  }

  /** Whether the JVM is large enough for a graph of this size in bytes. */
  boolean reads(long bytes) {
    return bytes <= graph;
  }

  /** Bytes of memory in use beyond what it had when it was ready. */
  long grown() throws IOException {
    return resident() - start;
  }

  /**
   * The next answer, or the reason why there is none.
   *
   * @param memory bytes that the process may use beyond what it had when it was ready
   */
  String answer(Duration time, long memory) throws IOException {
    long begun = System.nanoTime();
    Duration before = processorTime();
    try {
      while (true) {
        String answer = answers.poll(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        if (answer != null) {
          return answer;
        }
        if (!process.isAlive()) {
          reader.join();
          answer = answers.poll();
          return answer == null ? death() : answer;
        }
        Duration passed = Duration.ofNanos(System.nanoTime() - begun);
        if (passed.compareTo(time) > 0 && isOver(passed, processorTime().minus(before), time)) {
          process.destroyForcibly().waitFor();
          return NO_ANSWER + passed.toSeconds() + " seconds";
        }
        if (grown() > memory) {
          process.destroyForcibly().waitFor();
          return "more than " + (memory >> 20) + " MB of memory in use";
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      return "an interruption";
    }
  }

  /** Processor time of the process; zero if the system does not tell. */
  private Duration processorTime() {
    return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private String death() {
    return "TensorFlow ending the process with %s%s"
        .formatted(cause(process.exitValue()), complaint.isEmpty() ? "" : ": " + complaint);
  }

  /** A signal that ended a process is 128 less than its code. */
  private static String cause(int code) {
    return switch (code) {
      case 128 + 4 -> "an instruction that this processor does not have (code 132)";
      case 128 + 6 -> "an abort, as after damage to its memory (code 134)";
      case 128 + 8 -> "a division by zero (code 136)";
      case 128 + 9 -> "a kill from outside, as where memory is short (code 137)";
      case 128 + 11 -> "a read or write beyond its memory (code 139)";
      default -> "code " + code;
    };
  }

  /** Bytes of memory in use; 0 if the system does not tell. */
  private long resident() throws IOException {
    Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      // It ended just now.
      return 0;
    }
  }

  /** This process' class path, and the jars that were loaded from elsewhere, as notebooks do. */
  private static String classPath() {
    Set<String> path = new LinkedHashSet<>();
    path.add(System.getProperty("java.class.path"));
    List<Class<?>> needed = new ArrayList<>();
    needed.add(TrialProcess.class);
    needed.add(org.tensorflow.TensorFlow.class);
    needed.add(org.tensorflow.proto.SavedModel.class);
    needed.add(org.tensorflow.ndarray.Shape.class);
    needed.add(com.google.protobuf.Message.class);
    needed.add(Loader.class);
    needed.forEach(
        c ->
            Optional.ofNullable(c.getProtectionDomain().getCodeSource())
                .map(CodeSource::getLocation)
                .ifPresent(location -> path.add(file(location))));
    nativeLibrary().ifPresent(path::add);
    return String.join(System.getProperty("path.separator"), path);
  }

  private static Optional<String> nativeLibrary() {
    URL found =
        TrialProcess.class
            .getClassLoader()
            .getResource("org/tensorflow/internal/c_api/" + Loader.getPlatform() + "/LICENSE");
    try {
      return found != null && found.openConnection() instanceof JarURLConnection jar
          ? Optional.of(file(jar.getJarFileURL()))
          : Optional.empty();
    } catch (IOException e) {
      // Then it is on the class path.
      return Optional.empty();
    }
  }

  private static String file(URL location) {
    try {
      return Path.of(location.toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Whether a process has used up its time. On a busy machine its processor time counts, within
   * bounds.
   */
  static boolean isOver(Duration passed, Duration processor, Duration time) {
    return processor.compareTo(time) > 0 || passed.compareTo(time.multipliedBy(PATIENCE)) > 0;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
