package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Metric;

class RankedConfigurationTest {
  private static SweepRun run(int k, long seed, Double validation, double test) {
    return new SweepRun(
        Path.of("run-" + k + "-" + seed),
        Map.of("head.margin", k, "loop.seed", seed),
        SweepRun.Status.FINISHED,
        validation,
        10L,
        null,
        new Evaluation(List.of(new Metric(Figure.ACCURACY, OptionalDouble.of(test), "share"))));
  }

  private static List<Object> order(List<RankedConfiguration> ranked) {
    return ranked.stream().map(c -> c.values().get("head.margin")).toList();
  }

  /** The test samples say the opposite. */
  @Test
  void onlyTheValidationFigureRanks() {
    Random random = new Random(1);
    for (int turn = 0; turn < 50; turn++) {
      List<Integer> numbers = new ArrayList<>();
      for (int k = 0; k < 2 + random.nextInt(9); k++) {
        numbers.add(k);
      }
      Collections.shuffle(numbers, random);
      List<SweepRun> runs = numbers.stream().map(k -> run(k, 1, k / 10.0, 1 - k / 10.0)).toList();
      List<Integer> up = numbers.stream().sorted().toList();
      List<Integer> down = numbers.stream().sorted(Collections.reverseOrder()).toList();
      assertEquals(down, order(RankedConfiguration.rank(runs, true)));
      assertEquals(up, order(RankedConfiguration.rank(runs, false)));
      assertEquals(1, RankedConfiguration.rank(runs, true).get(0).rank());
    }
  }

  @Test
  void seedsAreOneConfigurationRankedByTheirMean() {
    List<RankedConfiguration> ranked =
        RankedConfiguration.rank(
            List.of(run(1, 1, 0.9, 0), run(2, 1, 0.7, 0), run(1, 2, 0.5, 0), run(2, 2, 0.8, 0)),
            true);
    assertEquals(List.of(2, 1), order(ranked));
    assertEquals(0.75, ranked.get(0).validation(), 1e-12);
    // Of two numbers a half of their difference, times the root of 2.
    assertEquals(0.05 * Math.sqrt(2), ranked.get(0).deviation(), 1e-12);
    assertEquals(2, ranked.get(1).runs().size());
    assertNull(RankedConfiguration.rank(List.of(run(1, 1, 0.9, 0)), true).get(0).deviation());
  }

  @Test
  void failedRunsComeLastAndEqualOnesInOrder() {
    SweepRun failed =
        SweepRun.failed(Path.of("a"), Map.of("head.margin", 0, "loop.seed", 2), "NaN");
    SweepRun waiting = SweepRun.waiting(Path.of("b"), Map.of("head.margin", 9));
    for (boolean higher : new boolean[] {true, false}) {
      List<RankedConfiguration> ranked =
          RankedConfiguration.rank(
              List.of(
                  waiting,
                  SweepRun.failed(Path.of("c"), Map.of("head.margin", 7), "NaN"),
                  run(8, 1, null, 1),
                  run(0, 1, higher ? 1.0 : 0.0, 1),
                  failed,
                  run(4, 1, 0.5, 1),
                  run(3, 1, 0.5, 0)),
              higher);
      assertEquals(List.of(4, 3, 0, 7, 8, 9), order(ranked));
      assertNull(ranked.get(5).rank());
      assertTrue(ranked.get(2).validation() != null && ranked.get(3).validation() == null);
      assertEquals(5, ranked.get(4).rank());
    }
  }
}
