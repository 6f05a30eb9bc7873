package org.marginsoftmax.head;

import java.util.List;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/** A margin drawn anew for each sample and step (Boutros 2022, arXiv:2109.09416). */
final class ElasticFace implements HeadType {
  private static final Option<Double> DEVIATION =
      Option.real(
          "deviation",
          "SIGMA",
          "a deviation",
          Range.of(0, 1),
          0.05,
          "standard deviation of elasticface's margins");

  private final String name;
  private final boolean cosine;
  private final boolean plus;
  private final Option<Double> margin;

  /**
   * One of the four variants.
   *
   * @param cosine whether the margin is subtracted from the cosine instead of added to the angle
   * @param plus whether samples with smaller cosines get the larger draws
   */
  ElasticFace(String name, boolean cosine, boolean plus) {
    this.name = name;
    this.cosine = cosine;
    this.plus = plus;
    this.margin = cosine ? MarginOptions.cosine(0.35) : MarginOptions.radians(0.5);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String title() {
    return cosine ? "ElasticFace-Cos" + (plus ? "+" : "") : "ElasticFace-Arc" + (plus ? "+" : "");
  }

  @Override
  public String source() {
    return "Boutros 2022";
  }

  @Override
  public String formula() {
    return (cosine ? "cosface" : "arcface")
        + ", m drawn for each sample"
        + (plus ? ", larger for harder samples" : "");
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(
        margin, DEVIATION, cosine ? MarginOptions.NO_SHIFT_TO_GUARD : MarginOptions.GUARD);
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut();
  }

  @Override
  public String margin(OptionValues values) {
    return "m " + values.get(margin);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    MarginSize size = new MarginSize.Elastic(values.get(margin), values.get(DEVIATION), plus);
    return AngularOptions.head(
        values,
        classes,
        cosine
            ? new Margin.Cosine(size)
            : new Margin.Angular(size, values.get(MarginOptions.GUARD)),
        new Negatives.Plain());
  }
}
