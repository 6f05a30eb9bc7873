package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureRunner;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.Trust;

/** The usual signature of a SavedModel. */
final class ModelEmbedder implements SampleEmbedder {
  private static final int USUAL_BATCH = 128;

  private final SavedModelFolder folder;
  private final SignatureRunner runner;
  private final ImageFit fit;
  private final Map<String, String> inputValues;
  private final PrintStream progress;

  private ModelEmbedder(
      SavedModelFolder folder,
      SignatureRunner runner,
      ImageFit fit,
      Map<String, String> inputValues,
      PrintStream progress) {
    this.folder = folder;
    this.runner = runner;
    this.fit = fit;
    this.inputValues = inputValues;
    this.progress = progress;
  }

  /**
   * Loads a model, after it was audited and tried.
   *
   * @param inputValues numbers, true or false for inputs other than the images, by name
   * @param progress gets the progress of whatever is done with it
   * @throws InvalidInputException if it is refused
   */
  static ModelEmbedder open(Path model, Map<String, String> inputValues, PrintStream progress) {
    SavedModelFolder folder = SavedModelFolder.read(model);
    return new ModelEmbedder(
        folder,
        SignatureRunner.open(folder, null, null, inputValues, Trust.NONE),
        Embed.fit(model),
        inputValues,
        progress);
  }

  /**
   * Embeddings of test samples.
   *
   * @param classes the classes to use; null for all
   */
  Embeddings testEmbeddings(String source, String classes) {
    Samples samples = TrainingData.test(reading(source), classes, 1, null, progress);
    requireFit(SamplesForModel.some(samples, source), source);
    return new Embeddings(embed("test", samples), samples.labels());
  }

  @Override
  public DataConfig reading(String source) {
    return reading(DataConfig.fashionMnist().withSource(source));
  }

  /** How samples are read for it, where size and colour are left open. */
  DataConfig reading(DataConfig data) {
    return SamplesForModel.data(data, runner.signature()).withImageFit(fit);
  }

  @Override
  public void requireFit(Samples samples, String where) {
    SamplesForModel.fitting(samples, runner.signature(), where);
  }

  @Override
  public float[][] embed(String what, Samples samples) {
    SignatureSpec signature = runner.signature();
    PixelScaling scaling =
        samples.element() instanceof ImageShape
            ? SamplesForModel.scaling(folder, signature, runner.output().name(), inputValues)
            : null;
    int batch = runner.fixedRows() > 0 ? runner.fixedRows() : USUAL_BATCH;
    return ModelBatches.run(
            runner, ModelInputs.ofSamples(samples, signature, scaling), batch, progress)
        .toRows();
  }

  @Override
  public void close() {
    runner.close();
  }
}
