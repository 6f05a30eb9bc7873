package org.marginsoftmax.layer;

import java.util.function.Supplier;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/**
 * A tensor whose operations are added to the graph when it is first used. What a training never
 * looks at, such as the logits of all classes, then takes none of its memory and of the time to
 * prepare it, which both grow with each block of centers.
 */
final class OnDemand implements Operand<TFloat32> {
  private final Supplier<Operand<TFloat32>> build;
  private Operand<TFloat32> built;

  OnDemand(Supplier<Operand<TFloat32>> build) {
    this.build = build;
  }

  @Override
  public Output<TFloat32> asOutput() {
    if (built == null) {
      built = build.get();
    }
    return built.asOutput();
  }

  @Override
  public Operation op() {
    return asOutput().op();
  }
}
