package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.train.TrainingGraph.StepResult;

/** Each alarm from what it should see, and silence otherwise. */
class AlarmListenerTest {

  private static List<String> alarms(int steps, IntFunction<StepResult> seen) {
    List<String> alarms = new ArrayList<>();
    try (AlarmListener listener =
        new AlarmListener(10, 200, (strength, share) -> 16.58 * strength, alarms::add)) {
      for (int i = 0; i < steps; i++) {
        listener.step(new TrainingListener.Step(i + 1, 1, seen.apply(i), 1e-3, 1, 1));
      }
    }
    return alarms;
  }

  private static void assertAlarm(List<String> alarms, String... parts) {
    assertEquals(1, alarms.size(), alarms.toString());
    for (String part : parts) {
      assertTrue(alarms.get(0).contains(part), alarms.get(0));
    }
  }

  @Test
  void collapse() {
    assertAlarm(
        alarms(300, i -> new StepResult(5, 0.3, Math.min(170, 90 + i), 11, 1)),
        "alarm, collapse",
        "120",
        "--guard reflect");
    assertAlarm(
        alarms(300, i -> new StepResult(Math.max(0.004, 16 - i), 0.0, 100, 11, 1)),
        "alarm, collapse",
        "chance");
  }

  @Test
  void deadStart() {
    assertAlarm(
        alarms(300, i -> new StepResult(17, 0.1, 90, 11, 1)), "alarm, dead start", "--lr tenfold");
  }

  @Test
  void explodingNorms() {
    assertAlarm(
        alarms(300, i -> new StepResult(3, 0.8, 40, 11 * Math.exp(i * 0.05), 1)),
        "alarm, exploding norms",
        "features");
    assertAlarm(
        alarms(300, i -> new StepResult(3, 0.8, 40, 11, Math.exp(i * 0.05))), "class centres");
  }

  @Test
  void silentWhereThingsGoWell() {
    assertEquals(
        List.of(),
        alarms(
            2000,
            i ->
                new StepResult(
                    0.01 + 18 * Math.exp(-i / 100.0),
                    1 - 0.9 * Math.exp(-i / 50.0),
                    30 + 60 * Math.exp(-i / 200.0),
                    11 + i * 0.01,
                    1 + i * 1e-3)));
    // The loss of a large margin may stay high while accuracy rises.
    assertEquals(List.of(), alarms(600, i -> new StepResult(17, 0.4, 80, 11, 1)));
  }
}
