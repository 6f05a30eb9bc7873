package org.marginsoftmax.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;

class SplitTest {
  /** 100 samples of class 0, 40 of class 1, 3 of class 2, 1 of class 3; pixel i is i. */
  static Samples samples() {
    int[] counts = {100, 40, 3, 1};
    int[] labels =
        IntStream.range(0, 4).flatMap(k -> IntStream.generate(() -> k).limit(counts[k])).toArray();
    byte[] pixels = new byte[labels.length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) i;
    }
    return new InMemorySamples(
        Pixels.of(new ImageShape(1, 1, 1), pixels), labels, List.of("a", "b", "c", "d"));
  }

  static int[] ids(Samples samples) {
    int[] ids = new int[samples.size()];
    for (int i = 0; i < ids.length; i++) {
      byte[] pixel = new byte[1];
      samples.copy(i, pixel, 0);
      ids[i] = pixel[0] & 0xff;
    }
    return ids;
  }

  private static int[] counts(Samples samples) {
    int[] counts = new int[samples.classes()];
    Arrays.stream(samples.labels()).forEach(y -> counts[y]++);
    return counts;
  }

  @Test
  void holdsOutByClassAndLeavesNothingOut() {
    Split.Parts parts = Split.validation(samples(), 0.1, 5);
    assertArrayEquals(new int[] {10, 4, 0, 0}, counts(parts.validation()));
    List<Integer> all = new ArrayList<>();
    Arrays.stream(ids(parts.train())).forEach(all::add);
    Arrays.stream(ids(parts.validation())).forEach(all::add);
    Collections.sort(all);
    assertEquals(IntStream.range(0, 144).boxed().toList(), all);
  }

  @Test
  void samplesKeepTheirNames() {
    Samples train = Split.validation(samples(), 0.1, 5).train();
    Samples chosen = new SelectedClasses(train, new int[] {1, 3});
    int[] ids = ids(chosen);
    for (int i = 0; i < ids.length; i++) {
      assertEquals(String.valueOf(ids[i]), chosen.name(i));
    }
  }

  @Test
  void neverTakesTheLastSampleOfAClass() {
    assertArrayEquals(
        new int[] {50, 20, 1, 1}, counts(Split.validation(samples(), 0.5, 5).train()));
  }

  @Test
  void isSeeded() {
    int[] once = ids(Split.validation(samples(), 0.1, 5).validation());
    assertArrayEquals(once, ids(Split.validation(samples(), 0.1, 5).validation()));
    assertFalse(Arrays.equals(once, ids(Split.validation(samples(), 0.1, 6).validation())));
    assertEquals(0, Split.validation(samples(), 0, 5).validation().size());
  }

  @Test
  void refusesSharesOutOfRange() {
    for (double share : new double[] {-0.1, 0.51, Double.NaN}) {
      assertThrows(InvalidInputException.class, () -> Split.validation(samples(), share, 1));
    }
  }

  @Test
  void limitsEvenlyOverTheClasses() {
    assertArrayEquals(new int[] {8, 8, 3, 1}, counts(Split.limit(samples(), 20, 1)));
    assertFalse(
        Arrays.equals(ids(Split.limit(samples(), 20, 1)), ids(Split.limit(samples(), 20, 2))));
    Samples all = samples();
    assertSame(all, Split.limit(all, 144, 1));
    assertThrows(InvalidInputException.class, () -> Split.limit(samples(), 3, 1));
  }

  @Test
  void orderIsAPermutationOfItsOwnForEachEpochAndSeed() {
    int[] order = EpochOrder.shuffled(1000, 1, 0);
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    assertArrayEquals(IntStream.range(0, 1000).toArray(), sorted);
    assertArrayEquals(order, EpochOrder.shuffled(1000, 1, 0));
    for (int[] other :
        List.of(EpochOrder.shuffled(1000, 1, 1), EpochOrder.shuffled(1000, 2, 0), sorted)) {
      int same = (int) IntStream.range(0, 1000).filter(i -> order[i] == other[i]).count();
      assertEquals(1, same, 8, "fixed points of two independent orders");
    }
  }
}
