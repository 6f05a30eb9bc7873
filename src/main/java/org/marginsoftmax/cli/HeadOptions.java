package org.marginsoftmax.cli;

import static org.marginsoftmax.cli.TrainOptions.or;

import java.util.List;
import org.marginsoftmax.run.HeadConfig;
import picocli.CommandLine.Option;

/** The options of a head, but for the margin that a sweep varies. */
final class HeadOptions {
  @Option(
      names = "--head",
      paramLabel = "NAME",
      description =
          "softmax, modified-softmax, normface, l-softmax, sphereface, cosface, arcface (default),"
              + " combined, subcenter-arcface, adacos, adacos-fixed, curricularface, magface,"
              + " adaface, elasticface, elasticface-plus, elasticface-cos, elasticface-cos-plus,"
              + " linear-angle, p2sgrad, circle, ldam")
  private String name;

  @Option(
      names = "--class-margins",
      paramLabel = "M.NPY",
      description = "one margin for each class, an array [C], in place of --margin")
  private String classMargins;

  @Option(
      names = "--scale",
      paramLabel = "S",
      description =
          "s: a number, paper, or auto for sqrt(2) ln(C - 1); default 30, or 1 with"
              + " --feature-norm keep")
  private String scale;

  @Option(
      names = "--guard",
      paramLabel = "GUARD",
      description =
          "arcface and its kin where theta + m passes pi: reflect (default), none, classic, easy")
  private String guard;

  @Option(
      names = "--feature-norm",
      paramLabel = "NORM",
      description = "unit (default), or keep: logits times the feature's own norm")
  private String featureNorm;

  @Option(
      names = "--gradient",
      paramLabel = "MODE",
      description =
          "exact (default), or detached: the margin shifts the target's value, not its gradient")
  private String gradient;

  @Option(
      names = "--subcenters",
      paramLabel = "K",
      description = "centres of each class, the nearest counts; default 1, subcenter-arcface 3")
  private Integer subcenters;

  @Option(
      names = "--label-smoothing",
      paramLabel = "SHARE",
      description = "share of the target spread over all classes; default 0")
  private Double labelSmoothing;

  @Option(
      names = "--inter-class-filter",
      paramLabel = "COS",
      description = "negatives with a cosine above this do not push; default: none is filtered")
  private Double interClassFilter;

  @Option(
      names = "--inter-class-mode",
      paramLabel = "MODE",
      description =
          "of filtered negatives: remove (default) from the softmax, or zero, their logit set to 0"
              + " as in arcface_torch")
  private String interClassMode;

  @Option(
      names = "--deviation",
      paramLabel = "SIGMA",
      description = "of elasticface's draws; default 0.05")
  private Double deviation;

  @Option(
      names = "--regularizer",
      paramLabel = "LAMBDA",
      description = "weight of magface's regulariser; default 35")
  private Double regularizer;

  @Option(
      names = "--norms",
      paramLabel = "LOW,HIGH",
      split = ",",
      description = "range of norms of magface; default 10,110")
  private List<Double> norms;

  @Option(names = "--concentration", paramLabel = "H", description = "h of adaface; default 0.333")
  private Double concentration;

  @Option(
      names = "--state-momentum",
      paramLabel = "M",
      description =
          "what stays at each step of the running state of adaface and curricularface; default 0.99")
  private Double stateMomentum;

  @Option(
      names = "--negatives",
      paramLabel = "KIND",
      description = "of linear-angle: angle (default), or cosine as in Keras_insightface")
  private String negatives;

  /** The configuration: what was given, over what the base has. */
  HeadConfig over(HeadConfig base, Double margin, List<Double> margins) {
    // Another head than the base's begins with its own usual values.
    HeadConfig h = name == null || name.equals(base.name()) ? base : HeadConfig.named(name);
    return new HeadConfig(
        h.name(),
        or(margin, h.margin()),
        or(margins, h.margins()),
        or(classMargins, h.classMargins()),
        or(scale, h.scale()),
        or(guard, h.guard()),
        or(featureNorm, h.featureNorm()),
        or(gradient, h.gradient()),
        or(subcenters, h.subcenters()),
        or(labelSmoothing, h.labelSmoothing()),
        or(interClassFilter, h.interClassFilter()),
        or(interClassMode, h.interClassMode()),
        or(deviation, h.deviation()),
        or(regularizer, h.regularizer()),
        or(norms, h.norms()),
        or(concentration, h.concentration()),
        or(stateMomentum, h.stateMomentum()),
        or(negatives, h.negatives()));
  }
}
