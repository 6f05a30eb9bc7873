package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShownClassesTest {
  @Test
  void showAllOrAThousandOfThoseTested() {
    Random random = new Random(1);
    for (int classes : new int[] {2, 10, 3_000, 3_001, 50_000}) {
      for (int samples : new int[] {1, 40, 5_000}) {
        int[] labels = random.ints(samples, 0, classes).toArray();
        ShownClasses shown = ShownClasses.of(classes, labels, 3);
        int tested = (int) Arrays.stream(labels).distinct().count();
        assertEquals(classes <= 3_000 ? classes : Math.min(1_000, tested), shown.classes().length);
        int[] points = shown.points(labels, 300, 3);
        assertTrue(points.length > 0 && points.length <= 300);
        List<String> all = IntStream.range(0, classes).mapToObj(k -> "class " + k).toList();
        for (int i : points) {
          assertEquals("class " + labels[i], shown.names(all).get(shown.number(labels[i])));
        }
        assertArrayEquals(points, Arrays.stream(points).distinct().sorted().toArray());
        if (classes > 3_000) {
          int[] inside = Arrays.stream(labels).filter(k -> shown.number(k) >= 0).toArray();
          assertEquals(Math.min(300, inside.length), points.length);
        } else {
          assertEquals(Math.min(300, samples), points.length);
        }
      }
    }
  }
}
