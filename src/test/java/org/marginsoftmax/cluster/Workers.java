package org.marginsoftmax.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.ChildJvm;

/** Worker processes on this machine, as a user starts them, and the cluster file. */
public final class Workers implements AutoCloseable {
  private final Path folder;
  private final List<String> addresses = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();

  private Workers(Path folder) {
    this.folder = folder;
  }

  private static Workers shared;

  /**
   * The two workers of the cluster that this process may be the chief of: a process has but one.
   * They end with it.
   */
  public static synchronized Workers ofThisProcess() throws IOException {
    if (shared == null) {
      Workers workers = start(Files.createTempDirectory("workers"), 2);
      Runtime.getRuntime().addShutdownHook(new Thread(workers::end));
      shared = workers;
    }
    return shared;
  }

  private void end() {
    close();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** So many workers, which may not be ready yet. */
  public static Workers start(Path folder, int count) throws IOException {
    return start(folder, count, 30);
  }

  /**
   * So many workers, which may not be ready yet.
   *
   * @param timeout of the cluster, in seconds
   */
  public static Workers start(Path folder, int count, int timeout) throws IOException {
    Workers workers = named(folder, count, timeout);
    for (int k = 0; k < count; k++) {
      workers.start(k);
    }
    return workers;
  }

  /** The file of a cluster whose workers are not started. */
  public static Workers named(Path folder, int count, int timeout) throws IOException {
    Files.createDirectories(folder);
    Workers workers = new Workers(folder);
    List<Integer> ports = freePorts(count + 1);
    for (int k = 0; k < count; k++) {
      workers.addresses.add("127.0.0.1:" + ports.get(k + 1));
      workers.processes.add(null);
    }
    Files.writeString(
        workers.file(),
        "chief: 127.0.0.1:%d%ntimeout: %d%nworkers:%n%s%n"
            .formatted(
                ports.get(0),
                timeout,
                workers.addresses.stream()
                    .map(address -> "  - {address: '" + address + "', threads: 1, device: cpu}")
                    .collect(Collectors.joining("\n"))));
    return workers;
  }

  /** Ports that are free, all of them at once, so that none is given twice. */
  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> open = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      open.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      ports.add(open.get(k).getLocalPort());
    }
    for (ServerSocket socket : open) {
      socket.close();
    }
    return ports;
  }

  /** Starts one of them, which does not run. */
  public void start(int task) throws IOException {
    List<String> command =
        ChildJvm.ofCli("worker", "--cluster", file().toString(), "--task", String.valueOf(task));
    processes.set(
        task,
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(task).toFile()))
            .start());
  }

  /** The cluster file. */
  public Path file() {
    return folder.resolve("cluster.yaml");
  }

  public String address(int task) {
    return addresses.get(task);
  }

  public Process process(int task) {
    return processes.get(task);
  }

  /** What a worker has printed. */
  public String said(int task) throws IOException {
    return Files.readString(log(task));
  }

  private Path log(int task) {
    return folder.resolve("worker-" + task + ".log");
  }

  /** Sends a signal to a worker, such as STOP. */
  public void signal(int task, String name) throws IOException, InterruptedException {
    String pid = String.valueOf(process(task).pid());
    new ProcessBuilder("kill", "-" + name, pid).start().waitFor();
  }

  /** Ends all of them, outright. */
  @Override
  public void close() {
    for (Process process : processes) {
      if (process != null) {
        process.destroyForcibly();
      }
    }
    for (Process process : processes) {
      try {
        if (process != null) {
          process.waitFor(10, TimeUnit.SECONDS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
