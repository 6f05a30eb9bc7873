package org.marginsoftmax.cluster;

import org.marginsoftmax.layer.Tasks;

/**
 * The bytes that a step of a head sends from process to process. Nothing of the size of samples by
 * classes, or of the centers, is among them.
 *
 * @param tasks processes that the classes are divided among
 * @param trainsFeatures whether something is trained below the head, so that the gradient in the
 *     features is sent back
 */
public record WireBytes(Tasks tasks, boolean trainsFeatures) {
  /** The number of a class, int32. */
  private static final int CLASS_BYTES = Integer.BYTES;

  /**
   * Bytes that a step with all classes sends: the features to each of k workers and their gradient
   * back from each, in float32 or, compressed, in bfloat16; for each sample the centers of its
   * label to the chief, and their gradient, in float64, to the worker that has them. 4 N D (2 k + 3
   * K), and compressed 4 N D (k + 3 K).
   *
   * @param batch N, number of samples
   * @param dimension D, size of the features
   * @param subcenters K, centers per class
   * @return 0 if there is but one process
   */
  public long ofStep(int batch, int dimension, int subcenters) {
    if (tasks.workers() == 0) {
      return 0;
    }
    long number = tasks.compresses() ? Float.BYTES / 2 : Float.BYTES;
    long features = number * tasks.workers() * (trainsFeatures ? 2 : 1);
    long labels = (long) (Float.BYTES + Double.BYTES) * subcenters;
    return (long) batch * dimension * (features + labels);
  }

  /**
   * Bytes that a step with a sample of the classes sends besides: which classes it has, to the
   * workers that have them.
   *
   * @param classes number of classes of the step
   * @return 0 if there is but one process
   */
  public long ofSample(int classes) {
    return tasks.workers() == 0 ? 0 : (long) CLASS_BYTES * classes;
  }
}
