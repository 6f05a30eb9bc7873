package org.marginsoftmax.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Variable;

/** Which layer of a model lies above which, by the rates and steps of its variables. */
class LayerRatesTest {
  /** Steps from which the layers of a model are trained, a step for each layer above. */
  private static Map<String, Long> above(String model, String freeze) {
    KerasBackbone backbone =
        KerasBackboneTest.backbone(
            model,
            new FineTuning(
                null,
                null,
                null,
                freeze,
                false,
                false,
                null,
                null,
                new LayerRates(3, 0.5, 1),
                Map.of()));
    Map<String, Long> above = new TreeMap<>();
    try (Tower tower = Tower.training(backbone, KerasBackboneTest.images(model).shape())) {
      for (Variable variable : tower.trained()) {
        long from = backbone.trainedFrom(variable);
        assertEquals(3 * Math.pow(0.5, from), backbone.rate(variable), 1e-12, variable.name());
        Long other = above.put(layer(variable), from);
        assertTrue(other == null || other == from, variable.name());
      }
    }
    return above;
  }

  private static String layer(Variable variable) {
    return variable.name().replaceFirst("keras/", "").replaceFirst("(/part_.*|/[^/]*)+$", "");
  }

  private static String fromTheTop(Map<String, Long> above) {
    Map<Long, String> layers =
        above.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getValue,
                    Map.Entry::getKey,
                    (one, two) -> one + " " + two,
                    TreeMap::new));
    return String.join(", ", layers.values());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "softmax-0-4 | none | features, embedding, norm4, conv4, norm3, conv3, norm2, conv2, norm1, conv1",
        "softmax-0-4 | conv2 | features, embedding, norm4, conv4, norm3, conv3, norm2, norm1, conv1",
        "article-backbone-keras2-tf2.18 | norm | features, embedding, conv4, conv3, conv2, conv1",
        "others/tf1-partitioned-resource-False | none | dense, norm, conv",
        "others/frozen-recurrent-kit-keras3-kind-lstm | lstm | dense",
        // Shortcuts and their norms lie beside the first layers of their block.
        "resnet-keras3 | block0 | features, embedding, block2_conv2, block2_prelu, block2_norm2, block2_conv1 block2_shortcut_norm, block2_norm1 block2_shortcut, block1_conv2, block1_prelu, block1_norm2, block1_conv1 block1_shortcut_norm, block1_norm1 block1_shortcut, stem_prelu, stem",
        "resnet-keras2 | block | features, embedding, stem_prelu, stem",
        "mobilenet-v2-keras3 | block.*_[nd][oe][rp] | features, embedding, last_norm, last, block7_project, block7_expand, block6_project, block6_expand, block5_project, block5_expand, block4_project, block4_expand, block3_project, block3_expand, block2_project, block2_expand, block1_project, block1_expand, block0_project, stem_prelu, stem_norm, stem"
      })
  void layersAreOrderedFromTheFeaturesDown(String model, String freeze, String layers) {
    assertEquals(layers, fromTheTop(above(model, freeze)));
  }

  @Test
  void whatIsOutOfRangeIsRefused() {
    for (double decay : new double[] {0, -1, 1.01, Double.NaN}) {
      assertThrows(InvalidInputException.class, () -> new LayerRates(1, decay, 0));
    }
    assertThrows(InvalidInputException.class, () -> new LayerRates(0, 1, 0));
    assertThrows(InvalidInputException.class, () -> new LayerRates(1, 1, -1));
  }
}
