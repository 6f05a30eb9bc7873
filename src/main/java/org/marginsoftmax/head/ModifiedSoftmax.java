package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.FeatureNorm;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/**
 * Unit centers and no bias, with the norm of the features kept (Liu 2017, arXiv:1704.08063, eq. 4);
 * with unit features it is NormFace.
 */
final class ModifiedSoftmax implements HeadType {
  private static final Option<FeatureNorm> KEPT =
      Option.choice(
          "feature_norm",
          "NORM",
          List.of(FeatureNorm.KEEP),
          FeatureNorm.KEEP,
          AngularOptions.FEATURE_NORM.help());

  @Override
  public String name() {
    return "modified-softmax";
  }

  @Override
  public String title() {
    return "Modified softmax";
  }

  @Override
  public String source() {
    return "Liu 2017 (SphereFace), eq. 4";
  }

  @Override
  public String formula() {
    return "logits norm(x) c_j";
  }

  @Override
  public String when() {
    return "a baseline: only the centres are normalised";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MarginOptions.NO_MARGIN_TO_GUARD).stream()
        .<Option<?>>map(option -> option == AngularOptions.FEATURE_NORM ? KEPT : option)
        .toList();
  }

  @Override
  public Map<String, String> without() {
    return Map.of("margin", "it has none");
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut(
        HeadProperty.FEATURE_NORM_FREE,
        HeadProperty.FEATURE_ORTHOGONAL,
        HeadProperty.NORMFACE_WITHOUT_MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(values, classes, new Margin.None(), new Negatives.Plain());
  }
}
