package org.marginsoftmax.cluster;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.ConfigProto;

/** Sessions that another process is the master of, which TensorFlow Java has no way to ask for. */
final class RemoteSession {
  private RemoteSession() {}

  /**
   * A session; the caller closes it.
   *
   * @param target of the master, such as {@code grpc://10.0.0.2:7000}
   */
  static Session of(Graph graph, String target, ConfigProto config) {
    try (TF_Status status = TF_Status.newStatus();
        TF_SessionOptions options = TF_SessionOptions.newSessionOptions()) {
      set(options, target, config, status);
      Field handle = Graph.class.getDeclaredField("nativeHandle");
      handle.setAccessible(true);
      TF_Session session = TF_Session.newSession((TF_Graph) handle.get(graph), options, status);
      status.throwExceptionIfNotOK();
      Constructor<Session> constructor =
          Session.class.getDeclaredConstructor(Graph.class, TF_Session.class);
      constructor.setAccessible(true);
      return constructor.newInstance(graph, session);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("TensorFlow Java's sessions are not as in 1.1", e);
    }
  }

  /**
   * Has the processes of a cluster forget all variables that are in no container: those of
   * trainings. It closes the sessions of this master.
   *
   * @param target of the master
   * @param config whose filters say which processes
   */
  static void reset(String target, ConfigProto config) {
    try (TF_Status status = TF_Status.newStatus();
        TF_SessionOptions options = TF_SessionOptions.newSessionOptions()) {
      set(options, target, config, status);
      tensorflow.TF_Reset(options, (PointerPointer<?>) null, 0, status);
      status.throwExceptionIfNotOK();
    }
  }

  private static void set(
      TF_SessionOptions options, String target, ConfigProto config, TF_Status status) {
    byte[] bytes = config.toByteArray();
    try (BytePointer content = new BytePointer(bytes)) {
      tensorflow.TF_SetTarget(options, target);
      tensorflow.TF_SetConfig(options, content, bytes.length, status);
      status.throwExceptionIfNotOK();
    }
  }
}
