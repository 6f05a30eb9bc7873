package org.marginsoftmax.head;

import java.util.List;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** A margin on the cosine (Wang 2018, arXiv:1801.09414, eq. 4). */
final class CosFace implements HeadType {
  private static final Option<Double> MARGIN = MarginOptions.cosine(0.35);

  @Override
  public String name() {
    return "cosface";
  }

  @Override
  public String title() {
    return "CosFace";
  }

  @Override
  public String source() {
    return "Wang 2018, eq. 4";
  }

  @Override
  public String formula() {
    return "c - m";
  }

  @Override
  public String when() {
    return "close to arcface, slightly worse with many classes";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(
        MARGIN, MarginOptions.CLASS_MARGINS, MarginOptions.NO_SHIFT_TO_GUARD);
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut();
  }

  @Override
  public String margin(OptionValues values) {
    return MarginOptions.inWords(values, MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values,
        classes,
        new Margin.Cosine(MarginOptions.size(values, MARGIN, classes)),
        new Negatives.Plain());
  }
}
