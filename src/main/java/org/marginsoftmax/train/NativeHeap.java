package org.marginsoftmax.train;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** The heap of native code, where TensorFlow has its graphs and tensors. */
final class NativeHeap {
  private NativeHeap() {}

  /**
   * Gives the system back what is free in it. The C library keeps free memory that lies between
   * what is in use: to prepare a graph with hundreds of blocks of centers leaves some hundred
   * megabytes of it, in pieces too small for tensors. Does nothing with a C library other than
   * glibc, or with a Java that lacks the command (before 17.0.9).
   */
  static void trim() {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "systemTrimNativeHeap",
              new Object[0],
              new String[0]);
    } catch (JMException | RuntimeException e) {
      // It stays with the process, which later tensors may use.
    }
  }
}
