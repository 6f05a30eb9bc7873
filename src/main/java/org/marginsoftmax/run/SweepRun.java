package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.eval.Evaluation;

/**
 * A run of a sweep and how it went.
 *
 * @param run its folder
 * @param values of the options that vary, by their names in {@code config.json}
 * @param status how far it is
 * @param validation the figure that ranks the runs, of the validation samples at the best
 *     checkpoint; null if it is undefined, or the run has not finished
 * @param bestStep step of that checkpoint; null if the run has not finished
 * @param reason why it failed; null if it has not
 * @param testMetrics metrics on the test samples, which rank nothing; null if it has not finished,
 *     or there are no test samples
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SweepRun(
    Path run,
    Map<String, Object> values,
    Status status,
    Double validation,
    Long bestStep,
    String reason,
    Evaluation testMetrics) {
  /** How far a run is. */
  public enum Status {
    /** Trained and evaluated. */
    FINISHED,
    /** Its loss became NaN or infinite. */
    FAILED,
    /** Stopped on the way, or not begun. */
    WAITING
  }

  /**
   * Why runs of a sweep failed, by the names of their folders.
   *
   * @param file {@code sweep.json}, which may be missing
   */
  static Map<String, String> failures(Path file) {
    Map<String, String> failures = new HashMap<>();
    Json.read(file, ObjectNode.class, record -> {})
        .map(record -> record.findValues("runs"))
        .orElse(List.of())
        .forEach(
            runs ->
                runs.forEach(
                    run -> {
                      if (run.path("status").asText().equalsIgnoreCase(Status.FAILED.name())) {
                        Path folder = Path.of(run.path("run").asText());
                        failures.put(folder.getFileName().toString(), run.path("reason").asText());
                      }
                    }));
    return failures;
  }

  static SweepRun waiting(Path run, Map<String, Object> values) {
    return new SweepRun(run, values, Status.WAITING, null, null, null, null);
  }

  static SweepRun failed(Path run, Map<String, Object> values, String reason) {
    return new SweepRun(run, values, Status.FAILED, null, null, reason, null);
  }
}
