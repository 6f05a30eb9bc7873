package org.marginsoftmax.layer;

import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;

/** How features and class centres become logits. */
public sealed interface Head permits Head.InnerProduct, Head.Angular {

  /** Plain softmax without bias: logits x . w, for the label and for every other class. */
  record InnerProduct() implements Head {}

  /**
   * Logits s cos(theta_j) for the classes besides the label and s t(theta) for the label, where
   * theta_j is the angle between the feature and the centre of class j.
   *
   * @param margin t, what is done to the angle of the label
   * @param scale s, above 0, up to 1e4
   * @param featureNorm whether logits are multiplied by the feature's own norm as well
   * @param gradient the slope of t in the backward pass
   */
  record Angular(Margin margin, double scale, FeatureNorm featureNorm, GradientMode gradient)
      implements Head {
    public Angular {
      if (!(scale > 0 && scale <= 1e4)) {
        throw new IllegalArgumentException(
            "scale: expected s above 0, up to 10000, found "
                + scale
                + "; usual values are 30 for small sets of classes and 64 for large ones");
      }
    }
  }

  /** Plain softmax without bias. */
  static Head softmax() {
    return new InnerProduct();
  }

  /** Logits norm(x) cos(theta_j), unit centres and no bias (Liu 2017, arXiv:1704.08063, eq. 4). */
  static Head modifiedSoftmax() {
    return new Angular(new Margin.None(), 1, FeatureNorm.KEEP, GradientMode.EXACT);
  }

  /** Logits s cos(theta_j) (Wang 2017, arXiv:1704.06369). */
  static Head normFace(double scale) {
    return unit(new Margin.None(), scale);
  }

  /** CosFace, the margin a cosine (Wang 2018). */
  static Head cosFace(double margin, double scale) {
    return unit(new Margin.Cosine(margin), scale);
  }

  /** ArcFace, the margin in radians (Deng 2018), decreasing in theta all the way to pi. */
  static Head arcFace(double margin, double scale) {
    return unit(new Margin.Angular(margin, Guard.REFLECT), scale);
  }

  /** SphereFace with unit features; the margin multiplies the angle (Liu 2017). */
  static Head sphereFace(int margin, double scale) {
    return unit(new Margin.Multiplicative(margin), scale);
  }

  private static Head unit(Margin margin, double scale) {
    return new Angular(margin, scale, FeatureNorm.UNIT, GradientMode.EXACT);
  }
}
