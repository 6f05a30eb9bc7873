package org.marginsoftmax.train;

import org.marginsoftmax.layer.Tasks;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;

/** The processes that a training graph runs in. */
public interface Processes {
  /** What the graph is divided among. */
  Tasks tasks();

  /** A session that runs the graph in them; the caller closes it. */
  Session session(Graph graph);

  /** Workers that read the samples; null if this process reads them and sends each its part. */
  default SampleReaders readers() {
    return null;
  }

  /** This process alone. */
  static Processes one(ConfigProto config) {
    return new Processes() {
      @Override
      public Tasks tasks() {
        return Tasks.NONE;
      }

      @Override
      public Session session(Graph graph) {
        return new Session(graph, config);
      }
    };
  }
}
