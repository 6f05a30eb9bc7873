package org.marginsoftmax.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.option.Option;

/** What backbones cost, which samples they take, and their options. */
class BackboneCostTest {
  /**
   * Parameters, and multiply-adds of convolutions and matrix products, as hooks counted them in the
   * authors' code: insightface, WeSpeaker and SpeechBrain of November 2026, run with PyTorch 2.5.1;
   * those of resnet are in torchvision's documentation.
   */
  @ParameterizedTest
  @CsvSource({
    "iresnet-18, , 112x112x3, 24025600, 2609954816",
    "iresnet-34, , 112x112x3, 34139328, 4459642880",
    "iresnet-50, , 112x112x3, 43590848, 6309330944",
    "iresnet-100, , 112x112x3, 65156160, 12089606144",
    "mobilefacenet, , 112x112x3, 1003136, 220965376",
    "mobilefacenet, width=2 embedding=512, 112x112x3, 2059520, 437520896",
    "resnet-18, embedding=1000, 224x224x3, 11689512, 1814073344",
    "resnet-50, embedding=1000, 224x224x3, 25557032, 4089184256",
    "xvector, , 200x80, 4347868, 530554880",
    "xvector, , 200x24, 4204508, 502456320",
    "ecapa-tdnn, , 200x80, 6194048, 1037271040",
    "ecapa-tdnn, channels=1024, 200x80, 14660416, 2649030656",
    "none, , 512, 0, 0"
  })
  void costsAreThoseOfTheAuthorsCode(
      String name, String options, String sample, long parameters, long multiplyAdds) {
    Map<String, Object> given = new LinkedHashMap<>();
    for (String option : options == null ? new String[0] : options.split(" ")) {
      given.put(option.split("=")[0], option.split("=")[1]);
    }
    BackboneCost cost = BackboneCost.of(Backbones.of(name, given), sizes(sample));
    assertEquals(parameters, cost.parameters());
    assertEquals(multiplyAdds, cost.multiplyAdds());
  }

  private static long[] sizes(String sample) {
    return Arrays.stream(sample.split("x")).mapToLong(Long::parseLong).toArray();
  }

  static Stream<BackboneType> ours() {
    return Backbones.ours().stream();
  }

  /** The smallest sample is taken, one row or frame less is refused in words. */
  @ParameterizedTest
  @MethodSource("ours")
  void takesTheSmallestSampleAndNoneSmaller(BackboneType type) {
    Backbone backbone = Backbones.of(type.name(), Map.of());
    long[] sizes = type.smallest().stream().mapToLong(size -> size).toArray();
    assertTrue(backbone.ranks().contains(sizes.length), type.name());
    assertTrue(BackboneCost.of(backbone, sizes).embedding() > 0);
    if (sizes.length > 1) {
      sizes[0]--;
      String refused =
          assertThrows(InvalidInputException.class, () -> BackboneCost.of(backbone, sizes))
              .getMessage();
      assertTrue(refused.startsWith(type.name() + ": expected"), refused);
    }
  }

  /** Every option, at both ends of what it allows, and beyond. */
  @ParameterizedTest
  @MethodSource("ours")
  void optionsAreCheckedByTheirRange(BackboneType type) {
    for (Option<?> option : type.options()) {
      for (Object wrong : List.of("-1", "1e9", "x", "")) {
        String refused =
            assertThrows(
                    InvalidInputException.class,
                    () -> Backbones.of(type.name(), Map.of(option.name(), wrong)))
                .getMessage();
        assertTrue(refused.startsWith(option.name().replace('_', ' ') + ": expected"), refused);
      }
      Backbones.of(type.name(), Map.of(option.name(), Option.words(option.usual())));
    }
    String refused =
        assertThrows(
                InvalidInputException.class, () -> Backbones.of(type.name(), Map.of("nothing", 1)))
            .getMessage();
    assertTrue(refused.contains("no backbone has one of that name"), refused);
  }
}
