package org.marginsoftmax.serving;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.export.ServedModel;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * A served model in TensorFlow: bytes of samples in, arrays out. It is thread-safe; whoever opens
 * it must close it.
 */
final class ServedSession implements AutoCloseable {
  private final ServedModel model;
  private final ElementSpec element;
  private final Graph graph = new Graph();
  private final Session session;

  ServedSession(ServedModel model, int threads) {
    this.model = model;
    this.element = model.card().element();
    try {
      graph.importGraphDef(model.graph().getGraphDef());
      session =
          new Session(
              graph,
              ConfigProto.newBuilder()
                  .setIntraOpParallelismThreads(threads)
                  .setInterOpParallelismThreads(threads)
                  .build());
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** Embeddings of samples, given as their bytes, [n][D]. */
  float[][] embed(List<byte[]> elements) {
    try (Tensor fed = tensor(elements);
        Result result =
            session
                .runner()
                .feed(model.input(ServedModel.EMBED).getName(), fed)
                .fetch(model.output(ServedModel.EMBED, "embedding").getName())
                .run()) {
      return rows((TFloat32) result.get(0));
    }
  }

  /** The best classes of samples, given as their bytes, best first. */
  List<List<RankedClass>> classify(List<byte[]> elements) {
    try (Tensor fed = tensor(elements);
        Result result =
            session
                .runner()
                .feed(model.input(ServedModel.CLASSIFY).getName(), fed)
                .fetch(model.output(ServedModel.CLASSIFY, "labels").getName())
                .fetch(model.output(ServedModel.CLASSIFY, "scores").getName())
                .run()) {
      TString labels = (TString) result.get(0);
      float[][] scores = rows((TFloat32) result.get(1));
      List<List<RankedClass>> all = new ArrayList<>();
      for (int i = 0; i < scores.length; i++) {
        List<RankedClass> ranked = new ArrayList<>();
        for (int k = 0; k < scores[i].length; k++) {
          ranked.add(new RankedClass(labels.getObject(i, k), scores[i][k]));
        }
        all.add(List.copyOf(ranked));
      }
      return all;
    }
  }

  private static float[][] rows(TFloat32 tensor) {
    int n = (int) tensor.shape().get(0);
    float[][] rows = new float[n][(int) tensor.shape().get(1)];
    var floats = tensor.asRawTensor().data().asFloats();
    for (int i = 0; i < n; i++) {
      floats.offset((long) i * rows[i].length).read(rows[i]);
    }
    return rows;
  }

  private Tensor tensor(List<byte[]> elements) {
    int n = elements.size();
    byte[] bytes = new byte[Math.multiplyExact(n, element.bytes())];
    for (int i = 0; i < n; i++) {
      System.arraycopy(elements.get(i), 0, bytes, i * element.bytes(), element.bytes());
    }
    Class<? extends TType> type = element instanceof ImageShape ? TUint8.class : TFloat32.class;
    return Tensor.of(
        type,
        Shape.of(n).append(Shape.of(element.sizes().stream().mapToLong(i -> i).toArray())),
        DataBuffers.of(bytes, true, false));
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
