package org.marginsoftmax.run;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.TensorFlow;

/** What a run was made with. */
public final class Versions {
  private Versions() {}

  /** This library, TensorFlow's runtime and Java. */
  public static Map<String, String> current() {
    String own = Versions.class.getPackage().getImplementationVersion();
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("margin-softmax", own == null ? "development" : own);
    versions.put("tensorflow", TensorFlow.version());
    versions.put("java", System.getProperty("java.version"));
    return versions;
  }
}
