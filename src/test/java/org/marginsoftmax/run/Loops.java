package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Loops of runs in tests: short, with a seed, on the processor. */
final class Loops {
  private Loops() {}

  /** A loop of seed 3, with every other option as usual; null steps are all of the epochs. */
  static LoopConfig of(int epochs, Long steps, int batchSize, int threads) {
    ObjectNode loop = Json.MAPPER.valueToTree(LoopConfig.usual());
    loop.put("epochs", epochs)
        .put("steps", steps)
        .put("batch_size", batchSize)
        .put("seed", 3)
        .put("threads", threads)
        .put("device", "cpu");
    return Json.convert(loop, LoopConfig.class);
  }
}
