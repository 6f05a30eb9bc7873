package org.marginsoftmax.head;

import java.util.List;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/**
 * Margins that depend on the number of samples per class (Cao 2019, arXiv:1906.07413, eq. 13); m is
 * that of the rarest class.
 */
final class Ldam implements HeadType {
  private static final Option<Double> MARGIN = MarginOptions.cosine(0.5);

  @Override
  public String name() {
    return "ldam";
  }

  @Override
  public String title() {
    return "LDAM";
  }

  @Override
  public String source() {
    return "Cao 2019, eq. 13";
  }

  @Override
  public String formula() {
    return "c - m_y, m_y proportional to n_y^(-1/4), n_y the samples of class y";
  }

  @Override
  public String when() {
    return "to classify imbalanced classes";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGIN, MarginOptions.NO_SHIFT_TO_GUARD);
  }

  @Override
  public boolean needsCounts() {
    return true;
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut(HeadProperty.ORDER_FREE);
  }

  @Override
  public String margin(OptionValues values) {
    return "m " + values.get(MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values,
        AngularOptions.scale(values, classes, 30),
        new Margin.Cosine(MarginSize.PerClass.ldam(counts, values.get(MARGIN))),
        new Negatives.Plain());
  }
}
