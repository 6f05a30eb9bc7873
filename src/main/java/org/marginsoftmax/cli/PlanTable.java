package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.run.ClusterPlan;
import org.marginsoftmax.run.OptionNames;
import org.marginsoftmax.run.PlannedStep;

/** A plan as a table: a row for each figure, a column for each share of the classes. */
final class PlanTable {
  private static final String LABEL = "%-28s";
  private static final String COLUMN = "%16s";
  private static final double MEGABYTE = 1 << 20;

  private PlanTable() {}

  static void print(PrintWriter out, ClusterPlan.Result plan) {
    out.println(title(plan));
    out.println();
    List<PlannedStep> steps = plan.steps();
    row(out, "partial FC", steps, step -> String.valueOf(step.partialFc()));
    row(out, "classes a step", steps, step -> number("%,d", step.classesPerStep()));
    row(out, "shards", steps, step -> number("%,d", step.shards()));
    row(out, "memory a machine, GB", steps, step -> gigabytes(step.memoryBytes()));
    for (String part : steps.get(0).memoryPartsMb().keySet()) {
      if (steps.stream().anyMatch(step -> step.memoryPartsMb().get(part) > 0)) {
        row(out, "  " + part, steps, step -> gigabytes(step.memoryPartsMb().get(part) * MEGABYTE));
      }
    }
    if (plan.machines() > 1) {
      row(out, "chief, GB", steps, step -> gigabytes(step.chiefBytes()));
      row(out, "chief beside a worker", steps, step -> step.chiefBesideWorker() ? "fits" : "no");
    }
    row(out, "fits while training", steps, PlanTable::verdict);
    row(out, "evaluation, export, GB", steps, step -> gigabytes(step.evaluationBytes()));
    row(out, "evaluation fits", steps, step -> step.evaluationFits() ? "yes" : "no");
    row(out, "bytes sent a step, MB", steps, step -> number("%,.2f", step.wireBytes() / 1e6));
    row(out, "computing, s", steps, step -> seconds(step.computeSeconds()));
    row(out, "sending, s", steps, step -> seconds(step.wireSeconds()));
    row(out, "step, s", steps, step -> seconds(step.stepSeconds()));
    out.println();
    steps.stream().filter(step -> !step.fits()).forEach(step -> out.println(wouldFit(step)));
    notes(out, plan);
  }

  private static String title(ClusterPlan.Result plan) {
    return String.format(
        Locale.ROOT,
        "%s, C %,d%s, D %,d, N %,d, %s (slots %d), %s; %,d %s of %s GB, %s Gbit/s%s%s",
        plan.head(),
        plan.classes(),
        plan.subcenters() > 1 ? ", K " + plan.subcenters() : "",
        plan.dim(),
        plan.batch(),
        plan.optimizer(),
        plan.slots(),
        plan.precision(),
        plan.machines(),
        plan.machines() == 1 ? "machine" : "machines",
        Option.words(plan.memoryGb()),
        Option.words(plan.bandwidthGbit()),
        plan.compress() ? ", compressed" : "",
        plan.frozenFeatures() ? ", features frozen" : "");
  }

  private static void row(
      PrintWriter out, String label, List<PlannedStep> steps, Function<PlannedStep, String> cell) {
    out.printf(LABEL, label);
    steps.forEach(step -> out.printf(COLUMN, cell.apply(step)));
    out.println();
  }

  private static String verdict(PlannedStep step) {
    if (!step.fits()) {
      return "no";
    }
    return step.close() ? "yes, close" : "yes";
  }

  private static String wouldFit(PlannedStep step) {
    String changes =
        step.wouldFit().stream().map(PlanTable::change).collect(Collectors.joining(", or "));
    return changes.isEmpty()
        ? "partial FC %s: no change of one option alone makes it fit".formatted(step.partialFc())
        : "partial FC %s would fit with %s"
            .formatted(step.partialFc(), SettingNames.asOptions(changes));
  }

  private static String change(Map<String, Object> options) {
    return options.entrySet().stream()
        .map(o -> "`%s` %s".formatted(OptionNames.of(o.getKey()), Option.words(o.getValue())))
        .collect(Collectors.joining(" "));
  }

  private static void notes(PrintWriter out, ClusterPlan.Result plan) {
    out.printf("time is of float32, as on %s%n", plan.stepCost().processor());
    out.println("the head alone: a backbone takes memory, bytes and time besides");
    if (plan.steps().stream().anyMatch(step -> !step.evaluationFits())) {
      out.println(
          "evaluation and export need all centres in one process: give the machine that runs train"
              + " so much; train --test-share 0 leaves out the evaluation");
    }
  }

  private static String gigabytes(double bytes) {
    return number("%,.2f", bytes / 1e9);
  }

  private static String seconds(double seconds) {
    return number("%,.4f", seconds);
  }

  private static String number(String form, Object value) {
    return String.format(Locale.ROOT, form, value);
  }
}
