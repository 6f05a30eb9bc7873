package org.marginsoftmax.run;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.TensorFlow;

/** The versions that a run was made with. */
public final class Versions {
  private Versions() {}

  /** The versions of this library, of TensorFlow's runtime and of Java, by name. */
  public static Map<String, String> current() {
    Map<String, String> versions = ofLibraries();
    versions.put("java", System.getProperty("java.version"));
    return versions;
  }

  /** The versions of this library and of TensorFlow's runtime, by name. */
  public static Map<String, String> ofLibraries() {
    String own = Versions.class.getPackage().getImplementationVersion();
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("margin-softmax", own == null ? "development" : own);
    versions.put("tensorflow", TensorFlow.version());
    return versions;
  }
}
