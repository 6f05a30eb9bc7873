package org.marginsoftmax.layer;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/**
 * The processes that a graph is divided among. Each worker has a range of the blocks of classes:
 * their centers, what an optimizer remembers of them, and all that is computed with them. The chief
 * has everything else. TensorFlow sends what an operation reads to the process that the operation
 * is on.
 *
 * @param workers number of workers; 0 if there is but one process, which has everything
 * @param compresses whether features on their way to the workers, and their gradients on the way
 *     back, are rounded to bfloat16, which takes half the bytes
 */
public record Tasks(int workers, boolean compresses) {
  /** One process. */
  public static final Tasks NONE = new Tasks(0);

  /** Name of the job whose only task is the chief. */
  public static final String CHIEF = "chief";

  /** Name of the job whose tasks are the workers. */
  public static final String WORKER = "worker";

  private static final Pattern DEVICE = Pattern.compile("/job:(\\w+)(?:/replica:0)?/task:(\\d+).*");

  /**
   * @throws InvalidInputException if the number of workers is negative
   */
  public Tasks {
    if (workers < 0) {
      throw new InvalidInputException(
          "workers: expected at least 0, found " + workers + "; 0 is one process");
    }
  }

  /** Workers that are sent features as they are. */
  public Tasks(int workers) {
    this(workers, false);
  }

  /**
   * A matrix of features, or of gradients in them, as another process gets it.
   *
   * @param from ops of the process that has it
   * @param to ops of the process that needs it
   */
  Operand<TFloat32> sent(Ops from, Ops to, Operand<TFloat32> features) {
    return compresses ? to.dtypes.cast(rounded(from, features), TFloat32.class) : features;
  }

  /** Once, however many processes it is sent to. */
  private static Operand<TBfloat16> rounded(Ops from, Operand<TFloat32> features) {
    String name = "rounded." + features.op().name() + "." + features.asOutput().index();
    GraphOperation there = ((Graph) from.scope().env()).operation(name);
    return there == null
        ? plain(from).withName(name).dtypes.cast(features, TBfloat16.class)
        : there.output(0);
  }

  /** Ops of the process that has all but the blocks of classes. */
  public Ops chief(Ops tf) {
    return workers == 0 ? tf : on(tf, CHIEF, 0);
  }

  /** Ops of the chief, of those of any process; the same ops if there is but one process. */
  static Ops toChief(Ops tf) {
    return device(tf).isEmpty() ? tf : on(tf, CHIEF, 0);
  }

  /** The worker that has a block. */
  int of(int block, int blocks) {
    return (int) ((long) block * workers / blocks);
  }

  /** Ops of a worker; the same ops if there is but one process. */
  Ops on(Ops tf, int worker) {
    return workers == 0 ? tf : onWorker(tf, worker);
  }

  static Ops onWorker(Ops tf, int worker) {
    return on(tf, WORKER, worker);
  }

  private static Ops on(Ops tf, String job, int task) {
    return tf.withDevice(DeviceSpec.newBuilder().job(job).task(task).build());
  }

  /**
   * Ops of the same graph and process, that come after nothing and put nothing before the names
   * that they give.
   */
  static Ops plain(Ops tf) {
    return at(Ops.create((Graph) tf.scope().env()), device(tf));
  }

  /** Ops of the process that an operation is in. */
  static Ops beside(Ops tf, Operation operation) {
    return at(tf, ((GraphOperation) operation).device());
  }

  private static Ops at(Ops tf, String device) {
    Matcher matcher = DEVICE.matcher(device);
    return matcher.matches() ? on(tf, matcher.group(1), Integer.parseInt(matcher.group(2))) : tf;
  }

  /** The process that ops are of, as TensorFlow names it; empty if it was not said. */
  static String device(Ops tf) {
    String device = tf.scope().getDeviceString();
    return device == null ? "" : device;
  }

  /** Ops that come after nothing. */
  static Ops first(Ops tf) {
    return tf.withControlDependencies(List.of());
  }
}
