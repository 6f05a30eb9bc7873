package org.marginsoftmax.keras;

import java.util.List;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;

/**
 * The part of a model that leads from images to features, with calls inlined.
 *
 * @param flat its nodes
 * @param images the output that stands for the images
 * @param features the output that gives the features
 * @param moves assignments that a training step makes
 */
record FeatureGraph(FlatGraph flat, String images, String features, List<FlatNode> moves) {
  /** The nodes that the features depend on, inputs before those that use them. */
  List<FlatNode> needed() {
    return flat.needed(List.of(features));
  }
}
