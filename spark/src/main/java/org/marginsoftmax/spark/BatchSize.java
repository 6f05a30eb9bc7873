package org.marginsoftmax.spark;

import java.util.Iterator;
import org.apache.spark.SparkConf;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.export.ServedModel;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;

/**
 * How many images are run at once. TensorFlow's memory lies outside of Java's heap, and Spark sets
 * some aside for it: {@code spark.executor.memoryOverhead}, by default a tenth of the heap and at
 * least 384 MB. Half of that is for batches, shared by the tasks that run at the same time; the
 * other half is for TensorFlow's libraries and the model. An image takes up to six times its
 * largest tensor in the graph (5.5 were measured with iresnet-18): the input and the output of an
 * operation, its workspace, branches, and what TensorFlow keeps for the next. The pixels, which lie
 * on the heap, may take a sixteenth of it.
 */
final class BatchSize {
  static final int BY_MEMORY = 0;
  private static final int LARGEST = 4096;
  private static final int SMALLEST_BY_MEMORY = 16;

  /** Larger ones are not faster. */
  private static final int LARGEST_BY_MEMORY = 1024;

  private static final int TENSORS = 6;

  private BatchSize() {}

  static void require(int batch) {
    if (batch < 0 || batch > LARGEST) {
      throw new InvalidInputException(
          "batch size: expected 1..%d, found %d; leave it out for as many as memory allows"
              .formatted(LARGEST, batch));
    }
  }

  /**
   * As many as memory allows.
   *
   * @param tasks that run in an executor at the same time
   */
  static int of(ServedModel model, SparkConf spark, int tasks) {
    return of(
        largestTensor(model),
        ((ImageShape) model.card().element()).size(),
        overhead(spark),
        Runtime.getRuntime().maxMemory(),
        tasks);
  }

  static int of(long tensor, long pixels, long overhead, long heap, int tasks) {
    long outside = overhead / 2 / (TENSORS * tensor * tasks);
    long inside = heap / 16 / (pixels * tasks);
    return (int)
        Math.max(SMALLEST_BY_MEMORY, Math.min(LARGEST_BY_MEMORY, Math.min(outside, inside)));
  }

  /** Bytes that Spark sets aside outside of the heap of an executor. */
  static long overhead(SparkConf spark) {
    long heap = spark.getSizeAsMb("spark.executor.memory", "1g");
    double factor = spark.getDouble("spark.executor.memoryOverheadFactor", 0.1);
    long usual = Math.max(384, (long) (factor * heap));
    return spark.getSizeAsMb("spark.executor.memoryOverhead", usual + "m") << 20;
  }

  /** Bytes of the largest tensor that an image has in the graph. */
  static long largestTensor(ServedModel model) {
    long largest = ((ImageShape) model.card().element()).size();
    try (Graph graph = new Graph()) {
      graph.importGraphDef(model.graph().getGraphDef());
      Iterator<GraphOperation> operations = graph.operations();
      while (operations.hasNext()) {
        Operation operation = operations.next();
        for (int i = 0; i < operation.numOutputs(); i++) {
          largest = Math.max(largest, bytes(operation.output(i).shape()));
        }
      }
    }
    return largest;
  }

  /** Of one image, if the first size alone is open. */
  private static long bytes(Shape shape) {
    if (shape.isUnknown() || shape.numDimensions() < 2 || shape.get(0) != Shape.UNKNOWN_SIZE) {
      return 0;
    }
    long bytes = Float.BYTES;
    for (int i = 1; i < shape.numDimensions(); i++) {
      if (shape.get(i) == Shape.UNKNOWN_SIZE) {
        return 0;
      }
      bytes *= shape.get(i);
    }
    return bytes;
  }
}
