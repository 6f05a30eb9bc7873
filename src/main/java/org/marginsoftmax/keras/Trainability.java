package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.List;

/** Whether a model can be fine-tuned. */
final class Trainability {
  private Trainability() {}

  /**
   * What stands in the way of training a model as it is, its default signature and output the
   * features, each in a line; empty where nothing does.
   */
  static List<String> obstacles(SavedModelFolder folder, Audit audit) {
    List<String> obstacles = new ArrayList<>();
    if (!audit.isPure()) {
      obstacles.add("it does more than compute: " + audit.findings().get(0));
    }
    try {
      if (new KerasBackbone(folder, FineTuning.usual())
          .used().stream().noneMatch(ModelVariable::trainable)) {
        obstacles.add("its features depend on no variable that is trained");
      }
    } catch (IllegalArgumentException e) {
      obstacles.add(ModelException.clean(e.getMessage()));
    } catch (RuntimeException e) {
      // Whoever looks at a model of anybody wants to see the rest, whatever is odd about its graph.
      obstacles.add(ModelException.clean("its functions cannot be opened up: " + e));
    }
    return obstacles;
  }
}
