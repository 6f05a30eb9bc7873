package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.source.Idx;

/**
 * Every head with every option that it takes goes all the way of a run, with a Keras model below it
 * and with nothing left of the files that it was begun from.
 */
class EveryHeadTest extends CommandTest {
  private static final int SIZE = 28;

  private static final List<String> KINDS =
      List.of("ldam", "arcface", "curricularface", "adaface", "elasticface", "p2sgrad");

  @TempDir static Path shared;
  @TempDir Path dir;

  @BeforeAll
  static void data() throws IOException {
    Idx.folder(shared.resolve("data"), 4, 12, 3, SIZE);
    Idx.folder(shared.resolve("other"), 6, 3, 3, SIZE);
    ImageIO.write(
        new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY),
        "png",
        shared.resolve("x.png").toFile());
  }

  /** One of each kind: by counts, by class, with a state, with draws, of another form. */
  static Stream<String> kinds() {
    return KINDS.stream().map(head -> head + options(head));
  }

  static Stream<String> others() {
    return Heads.names().stream()
        .filter(head -> !KINDS.contains(head))
        .map(head -> head + options(head));
  }

  private static String options(String head) {
    String own =
        switch (head) {
          case "softmax", "p2sgrad" -> "";
          case "l-softmax" -> " --margin 2";
          case "modified-softmax", "adacos", "adacos-fixed", "normface" -> " --guard none";
          case "sphereface" -> " --margin 2 --feature-norm keep";
          case "combined" -> " --margins 0.9,0.4,0.1 --guard none";
          case "magface" -> " --margins 0.3,0.6 --norms 1,5 --regularizer 20 --guard easy";
          case "adaface" -> " --margin 0.3 --concentration 0.5 --state-momentum 0.9";
          case "elasticface", "elasticface-plus" -> " --deviation 0.1 --guard none";
          case "elasticface-cos", "elasticface-cos-plus" -> " --deviation 0.1 --margin 0.2";
          case "arcface", "subcenter-arcface" -> " --class-margins MARGINS --guard classic";
          case "curricularface" -> " --class-margins MARGINS --state-momentum 0.9";
          case "cosface" -> " --class-margins MARGINS";
          case "linear-angle" -> " --class-margins MARGINS --negatives cosine";
          case "mv-arc" -> " --reweight 0.3 --guard none";
          case "mv-am" -> " --reweight 0.1 --reweight-mode fixed";
          case "sface" -> " --scale 20 --sigmoid-slope 40 --intra-angle 0.7 --inter-angle 1.3";
          case "uniface" -> " --margin 0.3 --negative-weight 0.5";
          case "proxy-anchor" -> " --margin 0.2 --scale paper";
          case "soft-triple" -> " --margin 0.02 --temperature 0.2 --regularizer 0.1 --subcenters 2";
          default -> " --margin 0.3";
        };
    Set<String> taken =
        Heads.named(head).options().stream().map(Option::flag).collect(Collectors.toSet());
    String cosines =
        taken.contains("--inter-class-filter")
            ? " --subcenters 2 --inter-class-filter 0.9 --inter-class-mode zero"
            : "";
    return own
        + cosines
        + (taken.contains("--label-smoothing") ? " --label-smoothing 0.1" : "")
        + (!taken.contains("--gradient") || List.of("circle", "linear-angle").contains(head)
            ? ""
            : " --gradient detached");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aHeadOfEachKindGoesAllTheWay(String head) throws IOException {
    goesAllTheWay(head);
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("others")
  void everyOtherHeadGoesAllTheWay(String head) throws IOException {
    goesAllTheWay(head);
  }

  private void goesAllTheWay(String head) throws IOException {
    Path margins = dir.resolve("margins.npy");
    NpyFile.write(margins, new float[] {0.1f, 0.2f, 0.3f, 0.4f}, 4);
    Path model = copy(Path.of("saved-models/squeeze-keras3/model"), dir.resolve("model"));
    String run = dir.resolve("run").toString();
    List<String> train =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                shared.resolve("data").toString(),
                "--from-keras",
                model.toString(),
                "--trust",
                "--batch-size",
                "16",
                "--validation",
                "0.2",
                "--steps",
                "2",
                "--device",
                "cpu",
                "--out",
                run,
                "--head"));
    train.addAll(List.of(head.replace("MARGINS", margins.toString()).split(" ")));
    answers(train.toArray(String[]::new));
    Files.delete(margins);
    delete(model);
    answers("train", "--resume", "--steps", "4", "--out", run);
    answers("evaluate", run, "--json");
    JsonNode own = new ObjectMapper().readTree(out);
    assertEquals(
        own.at("/accuracy/value").asDouble(),
        new ObjectMapper()
            .readTree(dir.resolve("run/metrics.json").toFile())
            .at("/accuracy/value")
            .asDouble(),
        1e-6);
    answers("evaluate", run, "--data", shared.resolve("other").toString());
    answers("outliers", run);
    answers("predict", run, shared.resolve("x.png").toString());
    answers("export", run, "--to", dir.resolve("served").toString());
    answers("export", run, "--as", "keras", "--to", dir.resolve("keras").toString());
    assertTrue(Files.exists(dir.resolve("keras/head/saved_model.pb")));
  }

  private static void answers(String... args) {
    assertEquals(0, run(args), () -> err + String.join(" ", args));
  }

  private static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
    return to;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
