package org.marginsoftmax.layer;

/** Which slope the target logit t(theta) has in the backward pass. */
public enum GradientMode {
  /** dt/dtheta, the derivative of what the forward pass computes. */
  EXACT,
  /**
   * The slope of cos(theta): the margin shifts the value of the target and not its gradient, which
   * is what insightface's arcface_torch trains with.
   */
  DETACHED
}
