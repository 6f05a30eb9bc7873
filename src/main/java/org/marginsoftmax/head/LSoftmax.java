package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** Large-margin softmax: SphereFace's margin with both norms kept (Liu 2016, arXiv:1612.02295). */
final class LSoftmax implements HeadType {
  private static final Option<Integer> MARGIN = SphereFace.MARGIN;

  @Override
  public String name() {
    return "l-softmax";
  }

  @Override
  public String title() {
    return "L-Softmax";
  }

  @Override
  public String source() {
    return "Liu 2016";
  }

  @Override
  public String formula() {
    return "norm(w) norm(x) psi(theta), psi = (-1)^k cos(m theta) - 2k";
  }

  @Override
  public String when() {
    return "to reproduce the paper";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(MARGIN, AngularOptions.GRADIENT, AngularOptions.LABEL_SMOOTHING);
  }

  @Override
  public Map<String, String> without() {
    return Softmax.without("guard", "it has a way of its own past pi");
  }

  @Override
  public Set<HeadProperty> properties() {
    return Softmax.PROPERTIES;
  }

  @Override
  public String margin(OptionValues values) {
    return "m " + values.get(MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return new InnerProductHead(
        new Margin.Multiplicative(values.get(MARGIN)),
        values.get(AngularOptions.GRADIENT),
        values.get(AngularOptions.LABEL_SMOOTHING));
  }
}
