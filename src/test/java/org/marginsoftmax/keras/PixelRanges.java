package org.marginsoftmax.keras;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.savedmodel.SavedModelFolder;

/**
 * What range each model of a folder is found to want, and its features of one image: for Python to
 * compare.
 */
final class PixelRanges {
  private PixelRanges() {}

  /**
   * @param args a folder of models, with {@code pixels.npy} of 0..255 in it
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Tower.Array pixels = Tower.Array.read(folder.resolve("pixels.npy"));
    ObjectMapper json = new ObjectMapper();
    try (Stream<Path> models = Files.list(folder)) {
      for (Path model : models.filter(Files::isDirectory).sorted().toList()) {
        System.out.println(json.writeValueAsString(answer(model, pixels)));
      }
    }
  }

  private static Map<String, Object> answer(Path model, Tower.Array pixels) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("model", model.getFileName().toString());
    answer.put("warnings", List.of());
    try {
      SavedModelFolder folder = SavedModelFolder.read(model);
      FineTuning usual = FineTuning.usual();
      KerasBackbone backbone = new KerasBackbone(folder, usual);
      answer.put("warnings", backbone.warnings());
      PixelRange range = backbone.input().range();
      answer.put("range", range.range());
      answer.put("assumed", range.assumed());
      answer.put("reason", range.reason());
      if (range.scaling() != null) {
        PixelScaling scaling = backbone.pixels();
        float[] values = pixels.values().clone();
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (values[i] * scaling.factor(0) + scaling.offset(0));
        }
        try (Tower tower = Tower.scoring(backbone, pixels.shape())) {
          answer.put("features", tower.features(new Tower.Array(pixels.shape(), values)));
        }
      }
    } catch (IllegalArgumentException e) {
      answer.put("refused", e.getMessage());
    }
    return answer;
  }
}
