package org.marginsoftmax.eval;

/** Figures of verification on the replicates of a bootstrap. */
interface VerificationReplicates {
  /** The TAR at a FAR. */
  Replicates tarAtFar(double far);

  /** The equal error rate. */
  Replicates equalErrorRate();

  /** The area under the curve of TAR by FAR. */
  Replicates areaUnderCurve();
}
