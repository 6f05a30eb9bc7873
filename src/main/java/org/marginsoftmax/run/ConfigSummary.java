package org.marginsoftmax.run;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.head.AngularOptions;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Scale;
import org.marginsoftmax.margin.Schedule;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/**
 * The configuration of a run for display, with every default filled in and options without effect
 * left out.
 */
final class ConfigSummary {
  private static final String NONE = "none";

  private final TrainConfig config;
  private final Map<String, String> usual = new HashMap<>();
  private final Set<String> idle = new HashSet<>();

  private ConfigSummary(TrainConfig config) {
    this.config = config;
  }

  /**
   * Values by option name, in the order of {@code config.json}.
   *
   * @param head as it was trained
   * @param dimension D, size of the features
   * @param steps taken
   */
  static Map<String, String> of(RunRecord record, Head head, int dimension, long steps) {
    ConfigSummary summary = new ConfigSummary(record.options());
    summary.head(head);
    summary.schedules(head);
    summary.rest(record, dimension, steps);
    Map<String, String> shown = summary.shown();
    RunRecord.Data data = record.data();
    shown.put("samples: training", String.format(Locale.ROOT, "%,d", data.training()));
    shown.put("samples: validation", String.format(Locale.ROOT, "%,d", data.validation()));
    shown.put("samples: test", String.format(Locale.ROOT, "%,d", data.test()));
    shown.put(
        data.image() == null ? "samples: array" : "samples: image", data.element().toString());
    return shown;
  }

  private Map<String, String> shown() {
    Map<String, String> shown = new LinkedHashMap<>();
    config
        .options()
        .forEach(
            (name, given) -> {
              String value =
                  given.isNull() || name.equals("head.scale")
                      ? usual.get(name)
                      : given.asText(given.toString());
              if (value != null && !idle.contains(name)) {
                shown.put(name.replace(".", ": ").replace('_', ' '), value);
              }
            });
    return shown;
  }

  private void head(Head head) {
    OptionValues values = config.head().values();
    for (Option<?> option : config.head().type().options()) {
      Object value = values.get(option);
      usual.put(
          "head." + option.name(),
          option.equals(AngularOptions.INTER_CLASS_FILTER) && value == null
              ? NONE
              : value == null || option.perClass() ? null : Option.words(value));
    }
    if (head instanceof AngularHead angular && angular.scale() instanceof Scale.Fixed fixed) {
      usual.put("head.scale", String.valueOf(fixed.value()));
    }
  }

  private void schedules(Head head) {
    Schedule margin = config.schedule().marginOf(head);
    usual.put(
        "schedule.margin",
        !head.warms()
            ? NONE
            : margin instanceof Schedule.Annealing
                ? "annealing"
                : margin instanceof Schedule.Rise ? "linear" : "constant");
    if (!(margin instanceof Schedule.Rise)) {
      idle.add("schedule.margin_warmup");
    }
    boolean still = config.schedule().scale().equals("constant");
    if (still) {
      idle.addAll(List.of("schedule.scale_warmup", "schedule.scale_start"));
    }
    if (!"step".equals(config.schedule().margin()) && !config.schedule().scale().equals("step")) {
      idle.add("schedule.stairs");
    }
    if (still && !(margin instanceof Schedule.Rise)) {
      idle.add("schedule.by");
    }
  }

  private void rest(RunRecord record, int dimension, long steps) {
    usual.put("data.classes", "all " + record.data().classNames().size());
    usual.put("data.limit", NONE);
    config
        .backbone()
        .object()
        .keySet()
        .forEach(option -> usual.put("backbone." + option, config.backbone().usual(option)));
    usual.put("backbone.embedding", String.valueOf(dimension));
    usual.put("loop.steps", String.valueOf(steps));
    usual.put("loop.patience", NONE);
    usual.put("loop.init", NONE);
    usual.put("loop.shards", "auto");
    if (config.loop().partialFc() == 1) {
      idle.add("loop.lazy_states");
    }
    OptimizerConfig optimizer = config.optimizer();
    usual.put("optimizer.weight_decay", optimizer.name().equals("adamw") ? "0.01" : "0.0");
    if (!optimizer.name().equals("sgd")) {
      idle.addAll(List.of("optimizer.momentum", "optimizer.nesterov"));
    }
    if (!optimizer.schedule().equals("polynomial")) {
      idle.add("optimizer.power");
    }
    usual.put("optimizer.ema", NONE);
    if (optimizer.schedule().equals("cosine-restarts")) {
      usual.put("optimizer.period", "1/7");
      usual.put("optimizer.period_factor", "2");
    }
    if (!optimizer.schedule().equals("step")) {
      idle.addAll(List.of("optimizer.step_every", "optimizer.step_factor"));
    }
    if (config.keras().from() == null && config.keras().initHead() == null) {
      config.options().keySet().stream().filter(o -> o.startsWith("keras.")).forEach(idle::add);
    }
  }
}
