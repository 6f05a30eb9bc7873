package org.marginsoftmax.keras;

import java.util.List;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;

/**
 * The part of a model that leads from images to features, its calls inlined.
 *
 * @param flat its nodes
 * @param images output that the images are
 * @param features output that the features are
 * @param moves assignments that a training step makes
 */
record FeatureGraph(FlatGraph flat, String images, String features, List<FlatNode> moves) {
  /** The nodes that the features depend on, inputs before those that use them. */
  List<FlatNode> needed() {
    return flat.needed(List.of(features));
  }
}
