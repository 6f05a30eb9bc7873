package org.marginsoftmax.cluster;

import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TString;

/**
 * Three texts that a worker keeps, by which it and chiefs know of each other: what the worker is,
 * which chief has it, and how the reader of its samples does.
 */
final class Notes implements AutoCloseable {
  private final WorkerGraph graph;
  private final Note worker;
  private final Note chief;
  private final Note reader;

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
              VarHandleOp.container(WorkerGraph.CONTAINER),
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
    graph = new WorkerGraph(task, target, patience);
    worker = Note.of(graph.ops(), "worker");
    chief = Note.of(graph.ops(), "chief");
    reader = Note.of(graph.ops(), "reader");
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

  /** How the reader of the worker does, {@link PartReader.State}; blank if there is none. */
  String reader() {
    return read(reader);
  }

  void setReader(String text) {
    write(reader, text);
  }

  void setWorker(String text) {
    write(worker, text);
  }

  void setChief(String text) {
    write(chief, text);
  }

  private String read(Note note) {
    try (Result result = graph.session().runner().fetch(note.value()).run()) {
      return ((TString) result.get(0)).getObject();
    }
  }

  private void write(Note note, String text) {
    try (TString next = TString.scalarOf(text)) {
      graph
          .session()
          .runner()
          .feed((Operand<?>) note.next(), next)
          .addTarget(note.write())
          .run()
          .close();
    }
  }

  @Override
  public void close() {
    graph.close();
  }
}
