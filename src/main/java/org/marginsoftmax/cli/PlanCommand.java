package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.marginsoftmax.run.ClusterPlan;
import org.marginsoftmax.run.PlanConfig;
import org.marginsoftmax.run.StepCost;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code plan}: what a training over several machines takes. */
@Command(
    name = "plan",
    abbreviateSynopsis = true,
    sortOptions = false,
    modelTransformer = HeadOptions.class,
    description = {
      "Plans the training of a head with very many classes over several machines: memory of each,"
          + " bytes that a step sends and time that it takes, with all classes and with samples of"
          + " them (Partial FC); what fits, and what would.",
      "Nothing is trained: memory is that which check expects, time and bytes are by the models"
          + " of docs/performance.md and docs/cluster.md. It is the head alone; a backbone comes on"
          + " top."
    })
final class PlanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--classes", required = true, paramLabel = "C", description = "number of classes")
  private int classes;

  @Option(
      names = "--dim",
      paramLabel = "D",
      defaultValue = "512",
      description = "size of the features; default ${DEFAULT-VALUE}")
  private int dimension;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "128",
      description = "batch size; default ${DEFAULT-VALUE}")
  private int batch;

  @Option(
      names = "--machines",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "number of machines, each with one worker; default ${DEFAULT-VALUE}: one process alone")
  private int machines;

  @Option(
      names = "--memory",
      required = true,
      paramLabel = "GB",
      description = "memory of a machine that training may take, in GB of 10^9 bytes")
  private double memory;

  @Option(
      names = "--bandwidth",
      paramLabel = "GBIT",
      defaultValue = "10",
      description =
          "of the network between the machines, in gigabit a second; default ${DEFAULT-VALUE}")
  private double bandwidth;

  @Option(
      names = "--partial-fc",
      split = ",",
      paramLabel = "R",
      description =
          "share of the classes that a step has, or several, as in 0.3,0.1, which is the default;"
              + " all classes are planned for too")
  private List<Double> partialFc;

  @Option(
      names = "--shards",
      paramLabel = "N",
      description =
          "blocks of centres on all machines; default as many as suit the processors' cache")
  private Integer shards;

  @Option(
      names = "--optimizer",
      descriptionKey = "optimizer.name",
      paramLabel = "NAME",
      description = "adam (default) and adamw keep two numbers for each weight, sgd one")
  private String optimizer;

  @Option(
      names = "--momentum",
      descriptionKey = "optimizer.momentum",
      paramLabel = "M",
      description = "momentum of sgd; default 0.9. With 0 it keeps nothing")
  private Double momentum;

  @Option(
      names = "--ema",
      descriptionKey = "optimizer.ema",
      paramLabel = "DECAY",
      description = "with a moving average of the weights, which is one number more for each")
  private Double ema;

  @Option(
      names = "--clip-norm",
      descriptionKey = "optimizer.clip_norm",
      paramLabel = "NORM",
      description = "with gradients clipped, for which they are kept as a whole")
  private Double clipNorm;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "of the head's products: float32 (default) or bfloat16; time is of float32")
  private String precision;

  @Option(
      names = "--compress",
      description =
          "features and their gradients are sent as bfloat16, as compress: true in the"
              + " cluster file has it")
  private boolean compress;

  @Option(
      names = "--frozen-features",
      description = "nothing is trained below the head: the gradient in the features is not sent")
  private boolean frozenFeatures;

  @Option(
      names = "--gflops",
      paramLabel = "G",
      description =
          "speed of a machine in large matrix products, in GFLOP/s; default 246, that of two cores"
              + " with AVX2, whose other costs are taken in any case")
  private Double gflops;

  @Option(
      names = "--step-cost",
      paramLabel = "FILE",
      description =
          "what a step costs on a machine, as src/bench/head-cost writes it: JSON with a, b, f, c,"
              + " l in milliseconds")
  private Path stepCost;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @Override
  public Integer call() {
    ClusterPlan.Result result = ClusterPlan.of(config());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Printing.json(out, result);
    } else {
      PlanTable.print(out, result);
    }
    out.flush();
    return 0;
  }

  private PlanConfig config() {
    TrainConfig train =
        TrainConfig.usual().with(ConfigOptions.given(spec.commandLine().getParseResult()));
    return new PlanConfig(
        train.head(),
        classes,
        dimension,
        batch,
        machines,
        memory,
        bandwidth,
        partialFc,
        shards,
        train.optimizer(),
        precision,
        compress,
        frozenFeatures,
        StepCost.of(stepCost, gflops));
  }
}
