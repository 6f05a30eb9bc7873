package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.savedmodel.Audit;
import org.marginsoftmax.savedmodel.InvalidModel;
import org.marginsoftmax.savedmodel.SavedModelFolder;

/**
 * Whether a model can be fine-tuned by default, with the output of its default signature as the
 * features.
 *
 * @param obstacles reasons why it cannot, one line each; empty if it can
 * @param warnings what is unusual about its features, one line each; empty if nothing is
 * @param input the input of the model; null if it cannot be determined
 */
record FineTuningCheck(List<String> obstacles, List<String> warnings, ModelInput input) {

  static FineTuningCheck of(SavedModelFolder folder, Audit audit, Map<String, String> inputValues) {
    List<String> obstacles = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    ModelInput input = null;
    if (!audit.isPure()) {
      obstacles.add("it does more than compute: " + audit.findings().get(0));
    }
    try {
      KerasBackbone backbone =
          new KerasBackbone(folder, FineTuning.usual().withInputValues(inputValues));
      input = backbone.input();
      backbone.warnings().forEach(warning -> warnings.add(InvalidModel.line(warning)));
      if (backbone.waitsForLength()) {
        warnings.add(
            "its loops are written out step by step for samples of one length; only then is it known whether a gradient passes");
      }
      backbone.checkFeatures();
      if (!backbone.input().mayTakeArrays()) {
        backbone.pixels();
      }
    } catch (InvalidInputException e) {
      obstacles.add(InvalidModel.line(e.getMessage()));
    } catch (RuntimeException e) {
      // Whoever looks at a model of anybody wants to see the rest, whatever is odd about its graph.
      obstacles.add(InvalidModel.line("its functions cannot be opened up: " + e));
    }
    return new FineTuningCheck(obstacles, warnings, input);
  }
}
