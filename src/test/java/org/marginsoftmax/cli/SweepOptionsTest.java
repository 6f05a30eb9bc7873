package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.backbone.BackboneType;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.run.Json;
import org.marginsoftmax.run.OptionNames;
import org.marginsoftmax.run.SearchRange;
import org.marginsoftmax.run.SweepConfig;
import org.marginsoftmax.run.SweptOption;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Every option of {@code train} can be swept by its name. */
class SweepOptionsTest extends CommandTest {
  /** A value that is not the default, of each option that no head and no backbone has. */
  private static final Map<String, String> VALUES =
      Arrays.stream(
              """
              data a/b; data-format folder; nested-classes true; data-root a; tfrecord-image x; tfrecord-label y
              cache none; classes 0-4,7; limit 50; validation 0.1; image-size 8x10; image-color grey; image-fit crop
              test-share 0.3; unreadable 0.2; head cosface; backbone mobilefacenet; augment flip,noise
              sampler balanced; classes-per-batch 4; samples-per-class 3; balance-power 0.5; per-class-limit 9; data-threads 3
              margin-schedule cosine; margin-warmup 0.2; scale-schedule step; scale-warmup 0.3; scale-start 0.4
              schedule-stairs 5; schedule-by epoch; optimizer sgd; lr 0.02; centers-lr 0.03; lr-schedule cosine
              lr-warmup 0.1; lr-power 3; lr-step-every 0.2; lr-step-factor 0.3; lr-period 1/5; lr-period-factor 3
              momentum 0.8; nesterov true; weight-decay 0.001; clip-norm 4; ema 0.9; epochs 7; steps 5; batch-size 32
              seed 4; threads 77; device cpu; strict true; alarm-after 9; best-by loss; patience 2; accumulate 2; init r
              shards 2; partial-fc 0.5; lazy-states catch-up; cluster c; precision bfloat16; pixels signed
              input-scale 1/255,0.5,1; input-offset 1,2,3; channel-order bgr; from-keras m; signature s; output-name o
              layer l; freeze all; batch-norm train; dropout true; backbone-lr 0.1; layer-decay 0.5; unfreeze-every 3
              init-head h; init-head-variable v; input-value training=false; trust true
              """
                  .strip()
                  .split("[;\n]\\s*"))
          .collect(
              Collectors.toMap(
                  each -> each.substring(0, each.indexOf(' ')),
                  each -> each.substring(each.indexOf(' ') + 1)));

  private static SweepConfig config(String... args) {
    ParseResult sweep = parsed("sweep", args);
    return ((SweepCommand) sweep.commandSpec().userObject()).config(null);
  }

  private static ParseResult parsed(String command, String... args) {
    return Main.commandLine()
        .parseArgs(Stream.concat(Stream.of(command), Arrays.stream(args)).toArray(String[]::new))
        .subcommand();
  }

  private static JsonNode value(TrainConfig config, String key) {
    return Json.tree(config)
        .get(key.substring(0, key.indexOf('.')))
        .path(key.substring(key.indexOf('.') + 1));
  }

  /** The run of the only point, and that of train with the option. */
  private static void assertSwept(SweepConfig config, String key, TrainConfig trained) {
    SweptOption option =
        config.over().stream().filter(o -> o.name().equals(key)).findFirst().orElseThrow();
    Map<String, Object> values = new TreeMap<>();
    config.over().forEach(o -> values.put(o.name(), o.values().get(0)));
    assertEquals(1, option.values().size());
    assertEquals(trained, config.options().with(values), key);
  }

  @Test
  void everyOptionOfTrainCanBeSwept() {
    CommandLine train = Main.commandLine().getSubcommands().get("train");
    Set<String> others = new TreeSet<>();
    for (OptionSpec option : train.getCommandSpec().options()) {
      String key = option.descriptionKey();
      if (key == null || key.isEmpty() || option.usageHelp() || option.versionHelp()) {
        continue;
      }
      if (key.matches("(head|backbone)\\..*") && !key.endsWith(".name")) {
        continue;
      }
      String name = OptionNames.of(key);
      others.add(name);
      String text = VALUES.get(name);
      assertTrue(text != null, "no value for " + name);
      TrainConfig trained =
          TrainConfig.usual().with(ConfigOptions.given(parsed("train", "--" + name + "=" + text)));
      assertNotEquals(value(TrainConfig.usual(), key), value(trained, key), name);
      for (String called : List.of(name, key)) {
        assertSwept(config("--over", called + "=" + text + ";"), key, trained);
      }
    }
    assertEquals(new TreeSet<>(VALUES.keySet()), others);
  }

  @Test
  void thoseOfEveryHeadAndBackboneToo() {
    int swept = 0;
    for (HeadType head : Heads.all()) {
      swept += assertSwept("head", head.name(), head.options());
    }
    for (BackboneType backbone : Backbones.ours()) {
      swept += assertSwept("backbone", backbone.name(), backbone.options());
    }
    assertTrue(swept > 100, "" + swept);
  }

  private static int assertSwept(String group, String owner, List<Option<?>> options) {
    int swept = 0;
    for (Option<?> option : options) {
      String text =
          option.perClass()
              ? "m.npy"
              : option.usual() == null ? null : Option.words(option.usual()).replace(", ", ",");
      if (text != null) {
        String key = group + "." + option.name();
        SweepConfig config =
            config("--over", group + "=" + owner, "--over", key + "=" + text + ";");
        assertSwept(
            config, key, TrainConfig.usual().with(Map.of(group + ".name", owner, key, text)));
        swept++;
      }
    }
    return swept;
  }

  @Test
  void shortFormsAndRangesAreWhatTheySay() {
    SweepConfig config =
        config(
            "--heads",
            "arcface,softmax",
            "--margins",
            "0.1..0.5",
            "--scales",
            "16,32",
            "--lrs",
            "1e-4..1e-1:log",
            "--seeds",
            "1,2",
            "--trials",
            "5",
            "--guard",
            "reflect",
            "--rank-by",
            "silhouette");
    List<SweptOption> expected = new ArrayList<>();
    expected.add(SweptOption.of("head", "arcface", "softmax"));
    expected.add(SweptOption.within("margin", new SearchRange(0.1, 0.5, false)));
    expected.add(SweptOption.of("scale", "16", "32"));
    expected.add(SweptOption.within("lr", new SearchRange(1e-4, 0.1, true)));
    expected.add(SweptOption.of("seed", 1L, 2L));
    // Of the heads that have it.
    expected.add(SweptOption.of("guard", "reflect"));
    assertEquals(expected, config.over());
    assertEquals(5, config.trials());
    assertEquals("silhouette", config.rankBy());
    assertEquals(SweepConfig.usual(), config());
    assertEquals(
        List.of("../a", "../b"), config("--over", "from-keras=../a,../b").over().get(0).values());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--over lr | over: expected NAME=VALUES, found 'lr'",
        "--over =1 | over: expected NAME=VALUES, found '=1'",
        "--over lrr=1 | over: expected an option of train, found 'lrr'; did you mean lr?",
        "--over help=x | over: expected an option of train, found 'help'",
        "--over out=x | over: expected an option of train, found 'out'",
        "--over lr=a,b | lr: expected a number, found 'a'",
        "--over lr=1e-3,,1e-2 | expected a value between the commas, found none",
        "--over epochs=1.5 | epochs: expected a whole number, found '1.5'",
        "--over lr=0.1..0.01 --trials 3 | range: expected two numbers, the smaller first",
        "--over lr=0..0.1:log --trials 3 | expected a range above 0 to be logarithmic",
        "--over lr=0.01..0.1 | trials: expected a number of draws from the range of --lr",
        "--lrs 0.1,0.2 --over lr=0.3 | lr: expected its values once, found them twice",
        "--lrs 0.1,0.2 --lr 0.3 | expected --lr with one value or several, found both",
        "--margins 0.1,4 | margin: expected an angular margin",
        "--heads arcfac | did you mean arcface?",
        "--heads softmax,adacos --margins 0.1 | found --margin, which none of the heads",
        "--lrs 0.1,0.2 --trials 3 | trials: expected at most the 2 configurations that there are",
        "--margins 0,0.1 --rank-by loss | rank by: expected a figure that is the same thing",
        "--margins 0,0.1 --rank-by accurac | did you mean accuracy?",
        "--margins 0,0.1 --validation 0 | validation: expected samples to rank the runs by"
      })
  void whatCannotBeSweptIsSaidInALine(String line, String said) {
    List<String> args = new ArrayList<>(List.of("sweep"));
    args.addAll(List.of(line.split(" ")));
    args.addAll(List.of("--limit", "60", "--batch-size", "16"));
    assertEquals(2, run(args.toArray(String[]::new)), line);
    assertEquals(1, err.strip().lines().count(), err);
    assertTrue(err.contains(said), err);
  }
}
