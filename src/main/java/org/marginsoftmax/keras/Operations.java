package org.marginsoftmax.keras;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.OpDef;

/** The operations that this TensorFlow knows, by type. */
final class Operations {
  private static final Map<String, OpDef> KNOWN = known();

  private Operations() {}

  private static Map<String, OpDef> known() {
    Map<String, OpDef> known = new HashMap<>();
    TensorFlow.registeredOpList().getOpList().forEach(op -> known.put(op.getName(), op));
    return Collections.unmodifiableMap(known);
  }

  /** All of them. */
  static Map<String, OpDef> all() {
    return KNOWN;
  }
}
