package consumer;

import java.nio.file.Path;
import java.util.List;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.gallery.Gallery;
import org.marginsoftmax.run.BackboneConfig;
import org.marginsoftmax.run.DataConfig;
import org.marginsoftmax.run.Evaluate;
import org.marginsoftmax.run.Export;
import org.marginsoftmax.run.Predict;
import org.marginsoftmax.run.RunFolder;
import org.marginsoftmax.run.StopSignal;
import org.marginsoftmax.run.Train;
import org.marginsoftmax.run.TrainConfig;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;

/**
 * Trains your own backbone, prints metrics and a class, serves the model and fills a gallery.
 *
 * <pre>java consumer.OwnBackbone DATA IMAGE OUT</pre>
 */
public final class OwnBackbone {
  private OwnBackbone() {}

  /** DATA: a folder with one sub-folder of images per class; OUT: a folder that does not exist. */
  public static void main(String[] arguments) {
    String data = arguments[0];
    Path image = Path.of(arguments[1]);
    Path out = Path.of(arguments[2]);

    TrainConfig config =
        TrainConfig.usual() // ArcFace, Adam, three epochs
            .withData(DataConfig.fashionMnist().withSource(data))
            .withBackbone(new BackboneConfig("tiny-net", 32));
    Path run = out.resolve("run");
    // Metrics, history and report.html are in the run folder. Ctrl-C leaves a checkpoint.
    try (StopSignal stop = StopSignal.onInterrupt()) {
      Train.run(config, new RunFolder(run), false, stop, System.err);
    }
    Evaluation figures = Evaluate.run(run, null, null);
    // An undefined metric has no value.
    figures
        .metrics()
        .forEach(m -> m.value().ifPresent(v -> System.out.printf("%s %.4f%n", m.name(), v)));
    System.out.println(Predict.run(run, List.of(image), 1, System.err));

    Path model = Export.asServing(run, out.resolve("model"), null, null);
    try (Embedder embedder = Embedder.open(model, EmbedderConfig.usual());
        Gallery gallery = Gallery.openOrCreate(out.resolve("gallery"))) {
      gallery.add("somebody", embedder.embed(image));
      System.out.println(gallery.search(embedder.embed(image), 1));
    }
  }
}
