package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.internal.c_api.TF_DeviceList;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.RewriterConfig;

/**
 * The device that a graph runs on.
 *
 * @param kind kind of device requested
 * @param index index of the GPU; 0 for other kinds
 */
public record Device(Kind kind, int index) {
  private static final Pattern NAME = Pattern.compile("auto|cpu|gpu:(\\d{1,3})");

  /** The kind of device requested. */
  public enum Kind {
    /** A GPU if TensorFlow sees one, else the CPU. */
    AUTO,
    /** The CPU, even if there is a GPU. */
    CPU,
    /** The GPU with the given index; an error if TensorFlow does not see it. */
    GPU
  }

  /**
   * Parses {@code auto}, {@code cpu} or {@code gpu:N}.
   *
   * @throws InvalidInputException if it is none of these
   */
  public static Device parse(String name) {
    Matcher matcher = NAME.matcher(String.valueOf(name));
    if (!matcher.matches()) {
      throw new InvalidInputException(
          "device: expected auto, cpu or gpu:N, found '" + name + "'; say gpu:0 for the first GPU");
    }
    if (matcher.group(1) != null) {
      return new Device(Kind.GPU, Integer.parseInt(matcher.group(1)));
    }
    return new Device(Kind.valueOf(name.toUpperCase(Locale.ROOT)), 0);
  }

  /**
   * The session configuration that places a graph on this device.
   *
   * @param threads number of threads, both within and between operations, 1..4096
   * @throws InvalidInputException if the number of threads is out of range, or TensorFlow does not
   *     see the requested GPU
   */
  public ConfigProto session(int threads) {
    requireThreads(threads);
    ConfigProto.Builder config =
        ConfigProto.newBuilder()
            .setAllowSoftPlacement(true)
            .setIntraOpParallelismThreads(threads)
            .setInterOpParallelismThreads(threads);
    // Once instead of twice: each time takes long with hundreds of blocks of centers, and steps are
    // as fast after one.
    config
        .getGraphOptionsBuilder()
        .getRewriteOptionsBuilder()
        .setMetaOptimizerIterations(RewriterConfig.NumIterationsType.ONE);
    // A copy of the whole graph that only a trace would show.
    config.getExperimentalBuilder().setDisableOutputPartitionGraphs(true);
    if (kind == Kind.CPU) {
      return config.putDeviceCount("GPU", 0).build();
    }
    if (kind == Kind.GPU) {
      List<String> seen = visible();
      if (seen.stream().noneMatch(name -> name.endsWith("GPU:" + index))) {
        throw new InvalidInputException(
            "device: expected gpu:%d, found %s; for a GPU build with Maven's -Pgpu (the launcher does with MARGIN_SOFTMAX_MAVEN=-Pgpu) on Linux x86-64 with CUDA 12 and cuDNN 9, or take `device` cpu"
                .formatted(index, String.join(", ", seen)));
      }
      config.setGpuOptions(
          GPUOptions.newBuilder().setVisibleDeviceList(String.valueOf(index)).setAllowGrowth(true));
    } else {
      config.setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true));
    }
    return config.build();
  }

  /**
   * Requires a number of threads that a session can have, 1..4096.
   *
   * @throws InvalidInputException if it is out of range
   */
  public static void requireThreads(int threads) {
    if (threads < 1 || threads > 4096) {
      throw new InvalidInputException(
          "threads: expected 1..4096, found " + threads + "; one for each core suits most work");
    }
  }

  /**
   * Makes sessions of this process have a number of threads, unless there was one before.
   * TensorFlow gives all of them the threads of the first one, whatever later ones ask for; and
   * reading a Keras model or decoding a JPEG takes a session too.
   *
   * @param threads number of threads, both within and between operations, 1..4096
   */
  public static void claimThreads(int threads) {
    try (Graph graph = new Graph()) {
      new Session(graph, new Device(Kind.CPU, 0).session(threads)).close();
    }
  }

  /** The devices that TensorFlow sees, such as {@code CPU:0} and {@code GPU:0}. */
  public static List<String> visible() {
    TF_Status status = TF_Status.newStatus();
    TF_Graph graph = TF_Graph.newGraph();
    TF_SessionOptions options = TF_SessionOptions.newSessionOptions();
    // All sessions of a process share the memory of a GPU in the way that the first one asked for.
    byte[] config =
        ConfigProto.newBuilder()
            .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true))
            .build()
            .toByteArray();
    try (BytePointer bytes = new BytePointer(config)) {
      tensorflow.TF_SetConfig(options, bytes, config.length, status);
    }
    status.throwExceptionIfNotOK();
    TF_Session session = TF_Session.newSession(graph, options, status);
    status.throwExceptionIfNotOK();
    TF_DeviceList list = tensorflow.TF_SessionListDevices(session, status);
    try {
      status.throwExceptionIfNotOK();
      List<String> names = new ArrayList<>();
      for (int i = 0; i < tensorflow.TF_DeviceListCount(list); i++) {
        String name = tensorflow.TF_DeviceListName(list, i, status).getString();
        names.add(name.substring(name.indexOf("device:") + "device:".length()));
      }
      return names;
    } finally {
      tensorflow.TF_DeleteDeviceList(list);
      session.close();
      options.close();
      graph.close();
      status.close();
    }
  }
}
