package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs compared with the first of them, on the same test samples and the same bootstrap replicates.
 *
 * @param data where the samples are
 * @param testSamples number of them
 * @param classes number of their classes
 * @param replicates number of bootstrap replicates
 * @param runs in the order given; the first is the baseline
 * @param chance what the number of comparisons means for reading the verdicts
 * @param page written; null if none was asked for
 */
public record Comparison(
    String data,
    int testSamples,
    int classes,
    int replicates,
    List<ComparedRun> runs,
    String chance,
    @JsonInclude(JsonInclude.Include.NON_NULL) Path page) {

  /** In words, how many differences an interval was looked at for, and what that means. */
  static String chance(List<ComparedRun> runs) {
    long judged =
        runs.stream()
            .filter(r -> r.differences() != null)
            .flatMap(r -> r.differences().stream())
            .filter(d -> d.interval().isPresent())
            .count();
    return judged == 0
        ? "no difference has an interval, so none is judged"
        : "%d %s judged, each by an interval of 95 %%: if no run differed from the first, about %s of them would still be called different by chance; figures go together, so these come in groups"
            .formatted(
                judged,
                judged == 1 ? "difference was" : "differences were",
                judged < 20 ? "one in 20" : String.valueOf(Math.round(judged / 20.0)));
  }
}
