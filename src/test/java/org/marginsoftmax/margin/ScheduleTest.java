package org.marginsoftmax.margin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.marginsoftmax.margin.Schedule.Shape;

class ScheduleTest {
  @Test
  void risesLinearly() {
    Schedule rise = new Schedule.Rise(0.1);
    assertEquals(0, rise.at(0, 1000, 100));
    assertEquals(0.5, rise.at(50, 1000, 100), 1e-12);
    assertEquals(1, rise.at(100, 1000, 100));
    assertEquals(1, new Schedule.Rise(0).at(0, 1000, 100));
    assertEquals(1, new Schedule.Constant().at(0, 1000, 100));
  }

  @Test
  void risesAlongHalfACosine() {
    Schedule rise = new Schedule.Rise(Shape.COSINE, 0.5, 1, 0, false);
    assertEquals(0, rise.at(0, 1000, 100));
    assertEquals((1 - Math.cos(Math.PI / 5)) / 2, rise.at(100, 1000, 100), 1e-12);
    assertEquals(0.5, rise.at(250, 1000, 100), 1e-12);
    assertEquals(1, rise.at(500, 1000, 100));
  }

  @Test
  void risesInStairs() {
    Schedule rise = new Schedule.Rise(Shape.STEP, 0.4, 4, 0, false);
    assertEquals(0, rise.at(99, 1000, 100));
    assertEquals(0.25, rise.at(100, 1000, 100));
    assertEquals(0.25, rise.at(199, 1000, 100));
    assertEquals(0.75, rise.at(399, 1000, 100));
    assertEquals(1, rise.at(400, 1000, 100));
  }

  @Test
  void keepsStillWithinAnEpoch() {
    Schedule rise = new Schedule.Rise(Shape.LINEAR, 0.5, 1, 0, true);
    assertEquals(0, rise.at(99, 1000, 100));
    assertEquals(0.2, rise.at(100, 1000, 100), 1e-12);
    assertEquals(0.2, rise.at(199, 1000, 100), 1e-12);
    assertEquals(1, rise.at(500, 1000, 100));
  }

  @Test
  void beginsWhereItIsTold() {
    Schedule rise = new Schedule.Rise(Shape.LINEAR, 0.5, 1, 0.2, false);
    assertEquals(0.2, rise.at(0, 1000, 100));
    assertEquals(0.6, rise.at(250, 1000, 100), 1e-12);
    assertEquals(1, rise.at(500, 1000, 100));
  }

  @Test
  void annealsFromAThousandToFive() {
    Schedule annealing = Schedule.Annealing.usual();
    assertEquals(1 / 1001.0, annealing.at(0, 1000, 100), 1e-12);
    assertEquals(1 / (1 + 1000 / 13.0), annealing.at(100, 1000, 100), 1e-12);
    assertEquals(1 / 6.0, annealing.at(100_000, 200_000, 100), 1e-12);
  }

  @Test
  void refusesValuesOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Rise(1.1));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Rise(Double.NaN));
    assertThrows(
        IllegalArgumentException.class, () -> new Schedule.Rise(Shape.STEP, 0.1, 0, 0, false));
    assertThrows(
        IllegalArgumentException.class, () -> new Schedule.Rise(Shape.LINEAR, 0.1, 1, 1, false));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Annealing(0, 1, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Annealing(10, 1, 1, 11));
  }
}
