package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.layer.Scale;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** A scale by the number of classes (Zhang 2019, arXiv:1905.00292, section 4.1). */
final class AdaCosFixed implements HeadType {

  @Override
  public String name() {
    return "adacos-fixed";
  }

  @Override
  public String title() {
    return "AdaCos, fixed";
  }

  @Override
  public String source() {
    return "Zhang 2019, section 4.1";
  }

  @Override
  public String formula() {
    return "c; s = sqrt(2) ln(C - 1)";
  }

  @Override
  public String when() {
    return "no s to choose, no margin";
  }

  @Override
  public List<Option<?>> options() {
    return AdaCos.OPTIONS;
  }

  @Override
  public Map<String, String> without() {
    return AdaCos.WITHOUT;
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values, new Scale.Fixed(Scale.start(classes)), new Margin.None(), new Negatives.Plain());
  }
}
