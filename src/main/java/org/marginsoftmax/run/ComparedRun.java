package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.eval.Difference;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Interval;

/**
 * A run or a SavedModel, and how it differs from the baseline.
 *
 * @param run its folder
 * @param title what it is, in words
 * @param configuration what it was trained with, every default filled in, by name; what the page
 *     shows
 * @param metrics on the test samples
 * @param differences to the baseline; null for the baseline itself
 * @param notes what to know when reading the differences
 */
public record ComparedRun(
    Path run,
    String title,
    Map<String, String> configuration,
    @JsonProperty("metrics") Evaluation metrics,
    @JsonIgnore List<Difference> differences,
    List<String> notes) {

  /**
   * A difference in JSON, beside the name of its figure.
   *
   * @param difference null if the figure is undefined in one of the two
   * @param interval of 95 %; null if there is none
   * @param verdict in words
   */
  record DifferenceRecord(
      Double difference,
      @JsonInclude(JsonInclude.Include.NON_NULL) Interval interval,
      String verdict) {
    static DifferenceRecord of(Difference difference) {
      return new DifferenceRecord(
          difference.value().isPresent() ? difference.value().getAsDouble() : null,
          difference.interval().orElse(null),
          difference.verdict().words());
    }
  }

  /** The differences by the names of their figures; null for the baseline. */
  @JsonProperty("differences")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  Map<String, DifferenceRecord> byName() {
    if (differences == null) {
      return null;
    }
    Map<String, DifferenceRecord> named = new LinkedHashMap<>();
    differences.forEach(d -> named.put(d.figure().key(), DifferenceRecord.of(d)));
    return named;
  }
}
