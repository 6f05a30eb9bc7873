package org.marginsoftmax.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.train.TrainingMemory;
import org.marginsoftmax.train.TrainingMemory.Plan;

/** Changes of a training that does not fit on its machines, each of which alone makes it fit. */
final class Alternatives {
  /** Shares of the classes are tried in hundredths, and below one in thousandths. */
  private static final int THOUSAND = 1000;

  private static final double USUAL_MOMENTUM = 0.9;

  private Alternatives() {}

  /** Values by the names of options, as JSON has them. */
  static List<Map<String, Object>> of(PlanConfig config, Division division) {
    long most = config.memoryBytes();
    Plan whole = division.whole();
    List<Map<String, Object>> fit = new ArrayList<>();
    int shards = division.asked() == null ? Integer.MAX_VALUE : division.asked();
    int mostMachines = Math.min(shards, Math.min(config.classes(), PlanConfig.MOST_MACHINES));
    // One after the other: with more machines blocks of other sizes are worked on, which now and
    // then takes more.
    first(IntStream.rangeClosed(config.machines() + 1, mostMachines), division::on, most)
        .ifPresent(machines -> fit.add(Map.of("machines", machines)));
    first(
            shares(whole.partialFc().rate()),
            share -> division.of(whole.withPartialFc((double) share / THOUSAND)),
            most)
        .ifPresent(share -> fit.add(Map.of("partial_fc", (double) share / THOUSAND)));
    int batch =
        TrainingMemory.largest(
            2, whole.batch(), n -> division.of(whole.withBatch(n)).largest(), most);
    if (batch > 0) {
      fit.add(Map.of("batch", batch));
    }
    Plan exact = whole.withPrecision(PlanConfig.kernels(Precision.FLOAT32.id()));
    if (whole.precision().rounds() && division.of(exact).fits(most)) {
      fit.add(Map.of("precision", Precision.FLOAT32.id()));
    }
    int slots = slots(division, most);
    if (slots < whole.slots()) {
      Map<String, Object> sgd = new LinkedHashMap<>();
      sgd.put("optimizer", "sgd");
      sgd.put("momentum", slots * USUAL_MOMENTUM);
      fit.add(sgd);
    }
    return fit;
  }

  private static OptionalInt first(IntStream values, IntFunction<Division> with, long most) {
    return values.filter(value -> with.apply(value).fits(most)).findFirst();
  }

  /** Thousandths below a share, from the largest. */
  private static IntStream shares(double below) {
    int most = (int) Math.ceil(below * THOUSAND) - 1;
    return IntStream.iterate(most, share -> share > 0, share -> share - 1)
        .filter(share -> share % 10 == 0 || share < 10);
  }

  /** The most slots that stochastic gradient descent can have; as many as there are if none fit. */
  private static int slots(Division division, long most) {
    int slots = division.whole().slots();
    return IntStream.of(1, 0)
        .filter(n -> n < slots)
        .filter(n -> division.of(division.whole().withSlots(n)).fits(most))
        .findFirst()
        .orElse(slots);
  }
}
