package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A threshold between two cells parts the cosines that were counted in them, to the last bit. */
class CellsTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 256, 1 << 20, (1 << 20) + 256 * 37, Cells.LAST})
  void aCosineIsInTheCellWhoseEdgesItIsBetween(int fineFrom) {
    Cells cells = new Cells(fineFrom);
    SplittableRandom random = new SplittableRandom(fineFrom);
    for (int n = 0; n < 200_000; n++) {
      assertBetweenEdges(cells, (float) (2 * random.nextDouble() - 1));
      assertBetweenEdges(cells, (float) Math.scalb(random.nextDouble() - 0.5, -n % 40));
    }
    for (int cell = 0; cell < cells.count(); cell += 1 + cells.count() / 20_000) {
      float edge = cells.from(cell);
      assertEquals(cell, cells.of(Cells.fine(edge)), "the edge " + edge);
      if (cell > 0) {
        assertEquals(cell - 1, cells.of(Cells.fine(Math.nextDown(edge))), "just below " + edge);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {-1, -0.5f, -0f, 0, Float.MIN_VALUE, 0.1f, 0.99999994f, 1})
  void theEndsAreInTheFirstAndTheLast(float cosine) {
    assertBetweenEdges(new Cells(0), cosine);
    assertEquals(0, Cells.fine(-1));
    assertEquals(Cells.LAST, Cells.fine(1));
  }

  private static void assertBetweenEdges(Cells cells, float cosine) {
    int cell = cells.of(Cells.fine(cosine));
    assertTrue(cell >= 0 && cell < cells.count(), cosine + " in " + cell);
    assertTrue(
        cells.from(cell) <= cosine && cosine < cells.from(cell + 1),
        "%s in %s..%s".formatted(cosine, cells.from(cell), cells.from(cell + 1)));
  }
}
