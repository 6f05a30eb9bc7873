package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.FoldAccuracy;
import org.marginsoftmax.eval.Interval;
import org.marginsoftmax.eval.ListEvaluation;

/**
 * Groups of the pairs of a list, as {@code evaluate --json} prints them.
 *
 * @param groups by the value of the column
 * @param gaps between the best and the worst group, by figure
 */
record GroupRecord(Map<String, Group> groups, Map<String, Gap> gaps) {
  /**
   * A group.
   *
   * @param genuine number of pairs of one subject
   * @param impostor number of pairs of two
   * @param folds null if it has none
   */
  record Group(
      int genuine,
      int impostor,
      Evaluation metrics,
      @JsonInclude(JsonInclude.Include.NON_NULL) FoldAccuracy folds) {}

  /**
   * The difference of two groups.
   *
   * @param interval of 95 % confidence; null if there is none
   */
  record Gap(
      double value,
      @JsonInclude(JsonInclude.Include.NON_NULL) Interval interval,
      String best,
      String worst) {}

  static Map<String, GroupRecord> byColumn(ListEvaluation list) {
    Map<String, GroupRecord> byColumn = new LinkedHashMap<>();
    list.groupings().forEach(grouping -> byColumn.put(grouping.column(), of(grouping)));
    return byColumn;
  }

  private static GroupRecord of(ListEvaluation.Grouping grouping) {
    Map<String, Group> groups = new LinkedHashMap<>();
    grouping
        .groups()
        .forEach(
            (name, of) ->
                groups.put(
                    name,
                    new Group(
                        of.genuine(), of.impostor(), of.evaluation(), of.folds().orElse(null))));
    Map<String, Gap> gaps = new LinkedHashMap<>();
    grouping
        .gaps()
        .forEach(
            gap ->
                gaps.put(
                    gap.figure().key(),
                    new Gap(
                        gap.difference(), gap.interval().orElse(null), gap.best(), gap.worst())));
    return new GroupRecord(groups, gaps);
  }
}
