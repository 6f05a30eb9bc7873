package org.marginsoftmax.cluster;

import java.io.IOException;
import java.io.PrintStream;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Server;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.ServerDef;

/**
 * TensorFlow's runtime for several processes, in this one. It cannot be stopped: it ends with the
 * process.
 */
final class TaskServer {
  private static ServerDef running;

  private TaskServer() {}

  /**
   * Starts it, unless it has been.
   *
   * @param job of this process
   * @param task of this process
   * @param own address of this process
   * @param session what all sessions have here
   * @param progress gets a warning where the system cannot keep it to its own address
   * @return target of sessions that this process is the master of
   * @throws InvalidInputException if the address is not of this machine, the port is taken, or this
   *     process is another task already
   */
  static synchronized String start(
      Cluster cluster,
      String job,
      int task,
      Address own,
      ConfigProto session,
      PrintStream progress) {
    ServerDef wanted =
        ServerDef.newBuilder()
            .setCluster(cluster.definition())
            .setJobName(job)
            .setTaskIndex(task)
            .setProtocol("grpc")
            .setDefaultSessionConfig(session)
            .build();
    if (running == null) {
      OwnAddress.requireHere(own);
      try {
        new Server(wanted).start();
      } catch (TensorFlowException e) {
        throw new InvalidInputException(
            "cluster: expected to listen on %s, found that it cannot be (%s); end what listens there, or take another port"
                .formatted(own, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
            e);
      }
      running = wanted;
      try {
        OwnAddress.require(own);
      } catch (IOException e) {
        progress.printf(
            "warning, cluster: this process listens on port %d of all addresses of the machine, not on %s alone (%s); let a firewall do that%n",
            own.port(), own.host(), e.getMessage());
      }
    } else if (!running.equals(wanted)) {
      throw new InvalidInputException(
          "cluster: expected one cluster in a process, found a second; train with it in a process of its own");
    }
    return "grpc://" + own;
  }
}
