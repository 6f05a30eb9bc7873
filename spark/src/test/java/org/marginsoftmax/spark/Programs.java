package org.marginsoftmax.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.marginsoftmax.data.Folders;

/** Programs that the tests start: margin-softmax, and spark-submit on a home of Spark's jars. */
final class Programs {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path HOME = Path.of("target/spark-home").toAbsolutePath();
  private static final int MOST_SECONDS = 300;

  private Programs() {}

  /**
   * What a program has said.
   *
   * @param code its exit code
   */
  record Said(int code, String out, String err) {
    /** The one line of ours in what Spark logs. */
    String refusal() {
      return err.lines()
          .filter(line -> line.startsWith("margin-softmax-spark: "))
          .reduce((first, second) -> first + "\n" + second)
          .orElse("none in: " + err);
    }
  }

  /** A program that runs. */
  record Running(Process process, Path out, Path err) {
    Said await() {
      try {
        if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("not done in time: " + Files.readString(err));
        }
        // Executors leave a copy of the jar each.
        Folders.delete(HOME.resolve("work"));
        return new Said(process.exitValue(), Files.readString(out), Files.readString(err));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        process.destroyForcibly();
        throw new AssertionError(e);
      }
    }

    /** The executors that it has started. */
    List<ProcessHandle> executors() {
      return process
          .descendants()
          .filter(
              each ->
                  each.info()
                      .arguments()
                      .map(Arrays::toString)
                      .orElse("")
                      .contains("CoarseGrainedExecutorBackend"))
          .toList();
    }
  }

  /** Runs margin-softmax of the project that this one belongs to. */
  static Said marginSoftmax(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("margin-softmax").toString()));
    command.addAll(List.of(arguments));
    Said said = start(new ProcessBuilder(command)).await();
    if (said.code != 0) {
      throw new AssertionError(said.err);
    }
    return said;
  }

  /** Runs the job's jar on a cluster of two executors, processes of their own with a core each. */
  static Said submit(String... arguments) throws IOException {
    return submitting(arguments).await();
  }

  static Running submitting(String... arguments) throws IOException {
    List<String> job = new ArrayList<>(List.of(System.getProperty("job.jar")));
    job.addAll(List.of(arguments));
    return submitting("org.marginsoftmax.spark.Main", List.of(), job);
  }

  /** Runs a program of the tests' jar, with the job's jar beside it. */
  static Said submitTest(String mainClass, String... arguments) throws IOException {
    List<String> application = new ArrayList<>(List.of(System.getProperty("tests.jar")));
    application.addAll(List.of(arguments));
    return submitting(mainClass, List.of("--jars", System.getProperty("job.jar")), application)
        .await();
  }

  private static Running submitting(String mainClass, List<String> options, List<String> rest)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("spark.opens").split(" ")));
    command.addAll(List.of("-Xmx768m", "-cp", HOME.resolve("jars") + "/*"));
    command.add("org.apache.spark.deploy.SparkSubmit");
    command.addAll(List.of("--master", "local-cluster[2,1,1024]", "--class", mainClass));
    command.addAll(List.of("--conf", "spark.executor.cores=1", "--conf", "spark.ui.enabled=false"));
    command.addAll(options);
    command.addAll(rest);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_HOME", HOME.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.12");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("LC_ALL", "C.UTF-8");
    return start(builder);
  }

  private static Running start(ProcessBuilder builder) throws IOException {
    Path folder = Files.createDirectories(Path.of("target/programs"));
    Path out = Files.createTempFile(folder, "program", ".out");
    Path err = Path.of(out.toString().replaceFirst("out$", "err"));
    return new Running(
        builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
  }

  /** A model, trained and exported once for all tests. */
  static Path model(int seed) throws IOException {
    Path model = Path.of("target/test-models/" + seed).toAbsolutePath();
    if (!Files.exists(model)) {
      Path run = Path.of("target/test-models/run-" + seed).toAbsolutePath();
      Folders.delete(run);
      marginSoftmax(
          "train",
          "--limit",
          "400",
          "--epochs",
          "1",
          "--embedding",
          "24",
          "--seed",
          "" + seed,
          "--out",
          run.toString());
      marginSoftmax("export", run.toString(), "--to", model.toString());
    }
    return model;
  }
}
