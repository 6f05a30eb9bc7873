package org.marginsoftmax.spark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;

/**
 * A model in the process of an executor: opened once, used by all of its tasks, closed when the
 * process ends.
 *
 * @param embedder runs it, for any number of threads
 * @param form what images become for it
 * @param batch images to run at once
 */
record ExecutorModel(Embedder embedder, ImageForm form, int batch) {
  private static final Map<SharedModel, ExecutorModel> OPEN = new HashMap<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ExecutorModel::closeAll, "close models"));
  }

  /** The model, which the first task that asks for it opens. */
  static ExecutorModel of(SharedModel shared) {
    synchronized (OPEN) {
      return OPEN.computeIfAbsent(shared, ExecutorModel::open);
    }
  }

  private static ExecutorModel open(SharedModel shared) {
    // JavaCPP would take four heaps for the most that TensorFlow may have; Spark watches that.
    if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    }
    Path folder = shared.folder();
    ServedModel model = ServedModel.read(folder);
    SparkConf spark = SparkEnv.get().conf();
    int cores = spark.getInt("spark.executor.cores", Runtime.getRuntime().availableProcessors());
    int tasks = Math.max(1, cores / spark.getInt("spark.task.cpus", 1));
    int batch =
        shared.batchSize() == BatchSize.BY_MEMORY
            ? BatchSize.of(model, spark, tasks)
            : shared.batchSize();
    return new ExecutorModel(
        Embedder.open(model, new EmbedderConfig(batch, Duration.ofMillis(2), cores, true)),
        model.card().form(),
        batch);
  }

  private static void closeAll() {
    synchronized (OPEN) {
      OPEN.values().forEach(model -> model.embedder.close());
      OPEN.clear();
    }
  }
}
