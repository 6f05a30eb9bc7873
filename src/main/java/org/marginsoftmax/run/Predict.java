package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.Trust;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;
import org.marginsoftmax.serving.RankedClass;

/** Predicts the classes of images. */
public final class Predict {
  private Predict() {}

  /**
   * The predicted classes of one image.
   *
   * @param image file
   * @param classes best first; empty if the image could not be read
   * @param failure why the image could not be read; null if it was
   */
  public record Prediction(
      Path image,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<RankedClass> classes,
      @JsonInclude(JsonInclude.Include.NON_NULL) String failure) {}

  /**
   * Ranks the classes of images, which are resized as for training; an image that cannot be read is
   * skipped.
   *
   * @param model a folder written by export, or the folder of a run
   * @param images image files, and folders whose images are all used
   * @param top number of classes to return for each image, at least 1
   * @param progress gets a line for each file that is skipped, and one every ten seconds
   * @return one prediction for each image, in order
   * @throws InvalidInputException if the folder holds neither, the model does more than compute, or
   *     {@code top} is more than it ranks
   * @throws UnreadableImagesException if no image can be read
   */
  public static List<Prediction> run(Path model, List<Path> images, int top, PrintStream progress) {
    List<Path> files = ImageSources.files(images, progress);
    ServedModel served = served(model, top, progress);
    try (Embedder embedder = Embedder.open(served, EmbedderConfig.usual())) {
      return ImageSources.each(
              files, "predicted", file -> embedder.classify(file).subList(0, top), progress)
          .stream()
          .map(
              outcome ->
                  new Prediction(
                      outcome.image(),
                      outcome.failure() == null ? outcome.result() : List.of(),
                      outcome.failure()))
          .toList();
    }
  }

  /**
   * A model to predict with, which may come from any source.
   *
   * @param top number of classes it has to rank; null for its own number
   * @param progress gets a line if the model is a run that is still being trained
   */
  static ServedModel served(Path model, Integer top, PrintStream progress) {
    if (!SavedModelFolder.isAt(model)) {
      try (TrainedRun run = TrainedRun.open(model, progress)) {
        return ServedRun.of(run, top);
      }
    }
    ServedModel served = ServedModel.read(model);
    int ranked = served.card().top();
    if (top != null && (top < 1 || top > ranked)) {
      boolean possible = top > ranked && top <= served.card().classNames().size();
      throw new InvalidInputException(
          "top: expected 1..%d, as many classes as %s was exported to rank, found %d; %s"
              .formatted(
                  ranked,
                  model,
                  top,
                  possible ? "export it anew with `top` " + top : "choose one in that range"));
    }
    Trust.NONE.admit(SavedModelFolder.read(model), "classify");
    return served;
  }
}
