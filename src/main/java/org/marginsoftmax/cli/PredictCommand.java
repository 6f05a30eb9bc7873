package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.Predict;
import org.marginsoftmax.run.UnreadableImagesException;
import org.marginsoftmax.serving.RankedClass;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code predict}: what classes images are of. */
@Command(
    name = "predict",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = {
      "Prints the class of each image file (PNG, JPEG, GIF, BMP, TIFF, WebP) and its score: the softmax over"
          + " all classes of the head's logits without the margin.",
      "A folder stands for all images below it. Unreadable images are reported and skipped;"
          + " the exit code is 2 only if none can be read.",
      "Images are resized as in training. An exported model is audited and tried first (see"
          + " embed)."
    })
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "folder written by export, or run folder")
  private Path model;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "image files, or folders of them")
  private List<Path> images;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "1",
      description =
          "classes per image, best first; default ${DEFAULT-VALUE}; for an exported model, at"
              + " most as many as it was exported with")
  private int top;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<Predict.Prediction> predictions;
    try {
      predictions = Predict.run(model, images, top, System.err);
    } catch (UnreadableImagesException e) {
      if (json) {
        Printing.json(
            out,
            e.failures().entrySet().stream()
                .map(each -> new Predict.Prediction(each.getKey(), List.of(), each.getValue()))
                .toList());
      }
      throw e;
    }
    if (json) {
      Printing.json(out, predictions);
    } else {
      for (Predict.Prediction prediction : predictions) {
        for (RankedClass ranked : prediction.classes()) {
          out.printf(
              Locale.ROOT, "%s  %-20s %.4f%n", prediction.image(), ranked.label(), ranked.score());
        }
      }
      out.flush();
    }
    return 0;
  }
}
