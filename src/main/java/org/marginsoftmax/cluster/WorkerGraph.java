package org.marginsoftmax.cluster;

import org.marginsoftmax.layer.Tasks;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;

/**
 * A graph in the memory of one worker, and its session: what the worker and a chief tell each other
 * is in variables and queues of TensorFlow's, so that there is no other way between the processes
 * than its own.
 */
final class WorkerGraph implements AutoCloseable {
  /** Where these variables and queues are, apart from what is trained. */
  static final String CONTAINER = "margin-softmax";

  private final Graph graph = new Graph();
  private final Ops ops;
  private final Session session;

  /**
   * A graph without operations.
   *
   * @param target of the worker
   * @param patience seconds that a call waits for the worker; 0 for as long as it takes
   */
  WorkerGraph(int task, String target, int patience) {
    ops =
        Ops.create(graph)
            .withDevice(
                DeviceSpec.newBuilder()
                    .job(Tasks.WORKER)
                    .task(task)
                    .deviceType(DeviceSpec.DeviceType.CPU)
                    .deviceIndex(0)
                    .build());
    session =
        RemoteSession.of(
            graph,
            target,
            ConfigProto.newBuilder()
                .addDeviceFilters("/job:" + Tasks.WORKER + "/task:" + task)
                .setOperationTimeoutInMs(1000L * patience)
                .build());
  }

  /** Ops of the worker's processor. */
  Ops ops() {
    return ops;
  }

  Session session() {
    return session;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
