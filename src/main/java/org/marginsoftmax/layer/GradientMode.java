package org.marginsoftmax.layer;

/** Which slope of the target logit t(theta) the backward pass uses. */
public enum GradientMode {
  /** dt/dtheta, the derivative of what the forward pass computes. */
  EXACT,
  /**
   * The slope of cos(theta): the margin changes the value of the target but not its gradient, as in
   * insightface's arcface_torch.
   */
  DETACHED
}
