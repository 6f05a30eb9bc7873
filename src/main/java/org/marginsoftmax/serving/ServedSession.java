package org.marginsoftmax.serving;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.export.ServedModel;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * A served model in TensorFlow: pixels in, arrays out. For many threads; whoever opens it closes
 * it.
 */
final class ServedSession implements AutoCloseable {
  private final ServedModel model;
  private final ImageShape image;
  private final Graph graph = new Graph();
  private final Session session;

  ServedSession(ServedModel model, int threads) {
    this.model = model;
    this.image = model.image();
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

  /** Embeddings of images, [n][D]. */
  float[][] embed(List<byte[]> images) {
    try (TUint8 pixels = tensor(images);
        Result result =
            session
                .runner()
                .feed(model.input(ServedModel.EMBED).getName(), pixels)
                .fetch(model.output(ServedModel.EMBED, "embedding").getName())
                .run()) {
      return rows((TFloat32) result.get(0));
    }
  }

  /** The best classes of images, best first. */
  List<List<RankedClass>> classify(List<byte[]> images) {
    try (TUint8 pixels = tensor(images);
        Result result =
            session
                .runner()
                .feed(model.input(ServedModel.CLASSIFY).getName(), pixels)
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

  private TUint8 tensor(List<byte[]> images) {
    byte[] pixels = new byte[Math.multiplyExact(images.size(), image.size())];
    for (int i = 0; i < images.size(); i++) {
      System.arraycopy(images.get(i), 0, pixels, i * image.size(), image.size());
    }
    return TUint8.tensorOf(
        Shape.of(images.size(), image.height(), image.width(), image.channels()),
        DataBuffers.of(pixels, true, false));
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
