import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.SmallCnn;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.EpochOrder;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Subset;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.LayerRates;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.source.FashionMnist;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.TrainingGraph;

/**
 * Trains the small CNN, or a Keras model, with ArcFace, an epoch whenever told to: answers each
 * line of standard input with the seconds that one epoch took, as keras_worker.py does. Arguments:
 * DATA THREADS SAMPLES BATCH [MODEL frozen|train].
 */
final class EpochWorker {
  public static void main(String[] args) throws IOException {
    int threads = Integer.parseInt(args[1]);
    int samples = Integer.parseInt(args[2]);
    int batch = Integer.parseInt(args[3]);
    Samples all = FashionMnist.read(Path.of(args[0])).train();
    int[] first = new int[samples];
    Arrays.setAll(first, i -> i);
    Samples train = new Subset(all, first);
    Backbone backbone =
        args.length > 4 ? keras(Path.of(args[4]), args[5].equals("train")) : new SmallCnn(128);
    Network network =
        new Network(train.element(), backbone, AngularHead.arcFace(0.5, 30), train.classes());
    try (TrainingGraph graph =
            new TrainingGraph(
                network,
                new Optimizer.Adam(0.9, 0.999, 1e-7),
                0,
                1,
                Device.parse("cpu").session(threads));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
      graph.initialize();
      epoch(graph, train, batch, Math.min(10, samples / batch), 0);
      System.out.println("ready");
      for (int turn = 1; in.readLine() != null; turn++) {
        long start = clock();
        epoch(graph, train, batch, samples / batch, turn);
        System.out.println((clock() - start) / 1e9);
      }
    }
  }

  /** Processor time, where asked for, is less disturbed by what else the machine does. */
  private static long clock() {
    return "cpu".equals(System.getenv("CLOCK"))
        ? ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime()
        : System.nanoTime();
  }

  private static Backbone keras(Path model, boolean training) {
    return new KerasBackbone(
        SavedModelFolder.read(model),
        new FineTuning(
            null, null, null, "none", training, training, null, null, LayerRates.SAME, Map.of()));
  }

  private static void epoch(TrainingGraph graph, Samples train, int batch, int steps, int turn) {
    int[] order = EpochOrder.shuffled(train.size(), 1, turn);
    try (Batches batches = new Batches(train, order, batch, 0, true)) {
      for (int step = 0; step < steps; step++) {
        graph.step(batches.next(), step, 1e-3, 1, 1);
      }
    }
  }
}
