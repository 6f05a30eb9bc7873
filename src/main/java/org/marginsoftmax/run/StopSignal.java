package org.marginsoftmax.run;

import java.util.function.BooleanSupplier;

/**
 * A request to stop training. After Ctrl-C or a termination signal, the process stays alive until
 * training has finished its current step and written a checkpoint.
 */
public final class StopSignal implements BooleanSupplier, AutoCloseable {
  private final Thread hook = new Thread(this::await, "margin-softmax-stop");
  private boolean requested;
  private boolean training;

  private StopSignal() {}

  /** A signal that is set when the process is interrupted. Close it when done. */
  public static StopSignal onInterrupt() {
    StopSignal stop = new StopSignal();
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  /** A signal that is set only by {@link #request}. */
  public static StopSignal onRequest() {
    return new StopSignal();
  }

  /** Asks training to stop after the current step. */
  public synchronized void request() {
    requested = true;
  }

  @Override
  public synchronized boolean getAsBoolean() {
    return requested;
  }

  /** Training begins: from here on, an interrupt waits for it. */
  synchronized void trainingBegins() {
    training = true;
  }

  /**
   * Training ends. If it was stopped, an interrupt still waits for {@link #close}, so that the
   * result can be reported.
   */
  synchronized void trainingEnds() {
    training = requested;
  }

  @Override
  public void close() {
    synchronized (this) {
      training = false;
      notifyAll();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException alreadyShuttingDown) {
      // Then the hook has run, or runs: nothing is left to take back.
    }
  }

  private synchronized void await() {
    requested = true;
    try {
      while (training) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
