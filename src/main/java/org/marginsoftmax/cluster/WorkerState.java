package org.marginsoftmax.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/**
 * What a worker is, as it tells chiefs.
 *
 * @param instance differs each time that a worker is started
 * @param versions of the library and of TensorFlow, by name
 * @param cluster the cluster that it was started with, {@link Texts#of}
 * @param task its number
 * @param oneDnn whether its TensorFlow was asked for the kernels of oneDNN
 * @param memory of its process
 */
record WorkerState(
    String instance,
    Map<String, String> versions,
    String cluster,
    int task,
    @JsonProperty("onednn") boolean oneDnn,
    WorkerMemory memory) {

  /**
   * Requires that a chief can train with the worker.
   *
   * @param said the worker, in words
   * @throws InvalidInputException if the two are of other versions or clusters
   */
  void require(String said, int wantedTask, Cluster ofChief, Map<String, String> ofChiefVersions) {
    for (String name : versions.keySet()) {
      if (!versions.get(name).equals(ofChiefVersions.get(name))) {
        throw new InvalidInputException(
            "cluster: expected %s %s in %s, as here, found %s; install the same version on all machines"
                .formatted(name, ofChiefVersions.get(name), said, versions.get(name)));
      }
    }
    if (task != wantedTask || !cluster.equals(Texts.of(ofChief))) {
      throw new InvalidInputException(
          "cluster: expected the same cluster file everywhere, found another one in %s, which is its worker %d; start it anew with this file"
              .formatted(said, task));
    }
    if (oneDnn != ownOneDnn()) {
      throw new InvalidInputException(
          "cluster: expected TF_ENABLE_ONEDNN_OPTS as here in %s, found it %s there and %s here; set it alike"
              .formatted(said, oneDnn ? "1" : "not 1", ownOneDnn() ? "1" : "not 1"));
    }
  }

  /** Whether TensorFlow is asked for oneDNN's kernels in this process. */
  static boolean ownOneDnn() {
    return "1".equals(System.getenv("TF_ENABLE_ONEDNN_OPTS"));
  }
}
