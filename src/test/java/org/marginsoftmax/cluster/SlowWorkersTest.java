package org.marginsoftmax.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.train.StepResult;
import org.marginsoftmax.train.TrainingListener;

/** Which worker is named as slow. */
class SlowWorkersTest {
  @ParameterizedTest
  @CsvSource({
    "0.1 0.1, -1, 0",
    "0.1 0.14, -1, 0",
    "0.1 0.16, 1, 1.6",
    "0.3 0.1, 0, 3.0",
    "0.1 0.1 0.4 0.11, 2, 4.0", // the middle of the others is 0.1
    "0.4 0.4 0.1 0.4, -1, 0", // a fast one is not in the way
    "0.1, -1, 0"
  })
  void theSlowestIsNamed(String seconds, int slow, double times) {
    double[] each = List.of(seconds.split(" ")).stream().mapToDouble(Double::valueOf).toArray();
    List<Cluster.Worker> workers = new ArrayList<>();
    for (int k = 0; k < each.length; k++) {
      workers.add(new Cluster.Worker(new Address("10.0.0." + (k + 2), 7000), null, null));
    }
    Cluster cluster =
        new Cluster(new Address("10.0.0.1", 7000), workers, 60, false, Cluster.Data.WORKERS);
    List<String> lines = new ArrayList<>();
    SlowWorkers listener = new SlowWorkers(cluster, each::clone, lines::add);
    StepResult seen = new StepResult(1, 1, 1, 1, 1, 1);
    for (int step = 1; step <= 299; step++) {
      listener.step(new TrainingListener.Step(step, 1, seen, 0.1, 1, 1));
    }
    assertEquals(slow < 0 ? 0 : 2, lines.size(), lines.toString());
    for (String line : lines) {
      assertEquals(
          "slow, worker %d (10.0.0.%d:7000) takes %.1f times as long for its classes as the others"
              .formatted(slow, slow + 2, times),
          line.substring(0, line.indexOf(" (", line.indexOf("others"))));
    }
  }
}
