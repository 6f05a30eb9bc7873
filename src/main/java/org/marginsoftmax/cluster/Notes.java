package org.marginsoftmax.cluster;

import java.util.Optional;
import org.marginsoftmax.layer.Tasks;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TString;

/**
 * Two texts that a worker keeps, by which it and chiefs know of each other: what the worker is, and
 * which chief has it. They are variables of TensorFlow's, so that there is no other way between the
 * processes than its own.
 */
final class Notes implements AutoCloseable {
  private static final String CONTAINER = "margin-softmax";

  private final Graph graph = new Graph();
  private final Session session;
  private final Note worker;
  private final Note chief;

  /**
   * A text.
   *
   * @param value what it is
   * @param next what it is to be
   * @param write makes it so
   */
  private record Note(Operand<TString> value, Placeholder<TString> next, Op write) {
    static Note of(Ops tf, String name) {
      VarHandleOp handle =
          tf.varHandleOp(
              TString.class,
              Shape.scalar(),
              VarHandleOp.container(CONTAINER),
              VarHandleOp.sharedName(name));
      Placeholder<TString> next = tf.placeholder(TString.class);
      return new Note(
          tf.readVariableOp(handle, TString.class), next, tf.assignVariableOp(handle, next));
    }
  }

  /**
   * The notes of a worker.
   *
   * @param target of the worker
   * @param patience seconds that a call waits for the worker
   */
  Notes(int task, String target, int patience) {
    Ops tf =
        Ops.create(graph)
            .withDevice(
                DeviceSpec.newBuilder()
                    .job(Tasks.WORKER)
                    .task(task)
                    .deviceType(DeviceSpec.DeviceType.CPU)
                    .deviceIndex(0)
                    .build());
    worker = Note.of(tf, "worker");
    chief = Note.of(tf, "chief");
    session =
        RemoteSession.of(
            graph,
            target,
            ConfigProto.newBuilder()
                .addDeviceFilters("/job:" + Tasks.WORKER + "/task:" + task)
                .setOperationTimeoutInMs(1000L * patience)
                .build());
  }

  /**
   * What the worker is; empty if it is none of ours, or not yet.
   *
   * @throws TensorFlowException if it does not answer
   */
  Optional<String> worker() {
    try {
      return Optional.of(read(worker));
    } catch (TensorFlowException e) {
      if (String.valueOf(e.getMessage()).contains("does not exist")
          || String.valueOf(e.getMessage()).contains("uninitialized")) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The chief that has the worker; blank if none has. */
  String chief() {
    return read(chief);
  }

  void setWorker(String text) {
    write(worker, text);
  }

  void setChief(String text) {
    write(chief, text);
  }

  private String read(Note note) {
    try (Result result = session.runner().fetch(note.value()).run()) {
      return ((TString) result.get(0)).getObject();
    }
  }

  private void write(Note note, String text) {
    try (TString next = TString.scalarOf(text)) {
      session.runner().feed((Operand<?>) note.next(), next).addTarget(note.write()).run().close();
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
