package org.marginsoftmax.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.tensorflow.proto.DataType;

/** Operations that choose, or add up, elements by indices. */
final class IndexRules {
  /** What becomes of indices that are out of range. */
  private static final String POLICY = "bad_indices_policy";

  private IndexRules() {}

  static void addTo(RuleTable rules) {
    rules.first("GatherV2", s -> gather(s, s.x().shape(), s.x(2).cast(DataType.DT_INT32)));
    rules.first("Gather", s -> rows(s, s.x().shape()));
    rules.first(
        "ResourceGather",
        s -> {
          Value shape = s.op("VariableShape").of(s.x());
          return gather(s, shape, shape.scalar((int) s.number("batch_dims")));
        });
    rules.first("GatherNd", s -> scattered(s, s.x(1), s.dy(), s.x().shape(s.x(1).type())));
    rules.first(
        "ResourceGatherNd",
        s -> {
          DataType type = s.x(1).type();
          Value shape = s.op("VariableShape").set("out_type", type).of(s.x());
          return s.x(1).then("ScatterNd", s.dy(), shape);
        });
    rules.add("ScatterNd", s -> Arrays.asList(null, gathered(s, s.dy(), s.x(0)), null));
    rules.add(
        "TensorScatterAdd ScatterNdNonAliasingAdd",
        s -> Arrays.asList(s.dy(), null, gathered(s, s.dy(), s.x(1))));
    rules.add(
        "TensorScatterSub",
        s -> Arrays.asList(s.dy(), null, gathered(s, s.dy(), s.x(1)).negative()));
    rules.add(
        "TensorScatterUpdate",
        s ->
            Arrays.asList(
                s.like("TensorScatterUpdate", POLICY).of(s.dy(), s.x(1), s.x(2).zeros()),
                null,
                gathered(s, s.dy(), s.x(1))));
    rules.add("TensorScatterMax TensorScatterMin", IndexRules::scatterExtreme);
    rules.first("TopK TopKV2", IndexRules::top);
    rules.first(
        "NthElement",
        s -> {
          Value last = s.y().scalar(-1);
          Value chosen = same(s.x(), s.y().then("ExpandDims", last));
          return chosen.over(chosen.sum(last, true)).times(s.dy().then("ExpandDims", last));
        });
    rules.add("DynamicStitch ParallelDynamicStitch", IndexRules::stitch);
    rules.first("DynamicPartition", IndexRules::partition);
    rules.first("SegmentSum", s -> s.dy().gather(s.x(1)));
    rules.first(
        "SegmentMean",
        s -> {
          Value ones = s.x().op("OnesLike").of(s.x());
          return s.dy().over(ones.then("SegmentSum", s.x(1))).gather(s.x(1));
        });
    rules.first("SegmentMax SegmentMin", IndexRules::segmentExtreme);
    rules.first("SegmentProd", IndexRules::segmentProduct);
    for (String kind : List.of("Sum", "Mean", "SqrtN")) {
      rules.first(
          "SparseSegment%s SparseSegment%sWithNumSegments".formatted(kind, kind),
          s ->
              s.dy()
                  .then(
                      "SparseSegment" + kind + "Grad",
                      s.x(1),
                      s.x(2),
                      s.x().shape().at(s.x(0).scalar(0))));
    }
    rules.first("UnsortedSegmentSum", s -> spread(s, s.dy()));
    rules.first("UnsortedSegmentMax UnsortedSegmentMin", IndexRules::unsortedExtreme);
    rules.first("UnsortedSegmentProd", IndexRules::unsortedProduct);
  }

  private static Value gathered(Step s, Value from, Value indices) {
    return s.like("GatherNd", POLICY).of(from, indices);
  }

  private static Value scattered(Step s, Value indices, Value values, Value shape) {
    // There is no kernel for indices of 16 bits.
    boolean narrow = indices.type() == DataType.DT_INT16;
    return s.like("ScatterNd", POLICY)
        .of(
            narrow ? indices.cast(DataType.DT_INT32) : indices,
            values,
            narrow ? shape.cast(DataType.DT_INT32) : shape);
  }

  /** Along the first axis. */
  private static Value rows(Step s, Value shape) {
    Value count = s.x(1).size();
    Value tail = shape.part(shape.scalar(1), shape.size());
    Value rows = s.dy().reshape(count.join(tail));
    return sums(rows, s.x(1).reshape(-1), shape.at(shape.scalar(0)));
  }

  private static Value sums(Value rows, Value indices, Value count) {
    return rows.then("UnsortedSegmentSum", indices, count);
  }

  /**
   * With b of the first axes shared, o axes between them and the one that is chosen from, and i
   * axes after it: [b, o, chosen, i] to [b, o, d, i].
   */
  private static Value gather(Step s, Value shape, Value axis) {
    Value indices = s.x(1);
    Value rank = shape.size();
    Value zero = shape.scalar(0);
    Value one = shape.scalar(1);
    Value along = axis.modulo(rank);
    long shared = s.number("batch_dims");
    Value batchAxes =
        shared >= 0 ? shape.scalar((int) shared) : indices.rank().plus(shape.scalar((int) shared));
    Value b = shape.part(zero, batchAxes).product();
    Value o = shape.part(batchAxes, along).product();
    Value d = shape.at(along);
    Value i = shape.part(along.plus(one), rank).product();
    Value j = indices.size().over(b.then("Maximum", one));
    Value chosen =
        s.dy().reshape(b.join(o, j, i)).transpose(0, 2, 1, 3).reshape(b.times(j).join(o, i));
    Value flat = offset(indices.cast(DataType.DT_INT64).reshape(b.join(j)), b, d);
    return sums(chosen, flat, b.times(d))
        .reshape(b.join(d, o, i))
        .transpose(0, 2, 1, 3)
        .reshape(shape);
  }

  /** Indices into each of b rows of d as indices into all of them, a vector. */
  private static Value offset(Value indices, Value b, Value d) {
    Value starts = b.range().times(d).cast(indices.type());
    return indices.plus(starts.reshape(-1, 1)).reshape(-1);
  }

  private static Value top(Step s) {
    Value shape = s.x().shape();
    Value last = shape.at(shape.size().minus(shape.scalar(1)));
    Value rows = s.x().size().over(last.then("Maximum", shape.scalar(1)));
    Value chosen = s.y(1).size().over(rows.then("Maximum", shape.scalar(1)));
    Value flat = offset(s.y(1).cast(DataType.DT_INT64).reshape(rows.join(chosen)), rows, last);
    return sums(s.dy().reshape(-1), flat, s.x().size()).reshape(shape);
  }

  private static List<Value> scatterExtreme(Step s) {
    Value indices = s.x(1);
    Value kept = same(s.x(0), s.y());
    Value written = same(s.x(2), gathered(s, s.y(), indices));
    Value count = kept.plus(scattered(s, indices, written, s.x().shape(indices.type())));
    Value share = s.dy().over(count);
    return Arrays.asList(share.times(kept), null, gathered(s, share, indices).times(written));
  }

  private static Value same(Value a, Value b) {
    return a.then("Equal", b).cast(a.type());
  }

  private static List<Value> stitch(Step s) {
    int count = s.inputs() / 2;
    return Stream.concat(
            Collections.<Value>nCopies(count, null).stream(),
            s.inputs(0, count).stream().map(indices -> s.dy().gather(indices)))
        .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
  }

  private static Value partition(Step s) {
    Value all = s.x(1).size().range().reshape(s.x(1).shape());
    List<Value> places = s.like("DynamicPartition", "num_partitions").outputs(all, s.x(1));
    return s.op("ParallelDynamicStitch").of(places, s.gradients()).reshape(s.x().shape());
  }

  private static Value segmentExtreme(Step s) {
    Value chosen = same(s.x(), s.y().gather(s.x(1)));
    Value share = s.dy().over(chosen.then("SegmentSum", s.x(1)));
    return share.gather(s.x(1)).then("MulNoNan", chosen);
  }

  /** Of a segment with one zero only the zero has a gradient, with two none has. */
  private static Value segmentProduct(Step s) {
    Value ids = s.x(1);
    Value zero = s.x().then("Equal", s.x().like(0));
    Value zeros = zero.cast(DataType.DT_INT32).then("SegmentSum", ids);
    Value ones = s.x().like(1);
    Value others = ones.where(zero, s.x());
    Value rest =
        others.then("SegmentProd", ids).gather(ids).where(zero, s.y().gather(ids).over(others));
    return few(s, zeros).gather(ids).times(rest);
  }

  private static Value few(Step s, Value zeros) {
    return s.dy().zeros().where(zeros.then("Greater", zeros.scalar(1)), s.dy());
  }

  /** What belongs to each element of the input; zero where its segment is negative. */
  private static Value spread(Step s, Value segments) {
    Value ids = s.x(1);
    Value rows = segments.gather(ids.then("Maximum", ids.zeros()));
    Value counted = ids.then("GreaterEqual", ids.zeros());
    Value axes = rows.rank().minus(ids.rank());
    Value ones = axes.op("Fill").of(axes.reshape(1), axes.scalar(1));
    return rows.where(counted.reshape(ids.shape().join(ones)), rows.zeros());
  }

  private static Value unsortedExtreme(Step s) {
    Value counted = spread(s, s.y().op("OnesLike").of(s.y()));
    Value chosen = same(s.x(), spread(s, s.y())).times(counted);
    Value share = s.dy().over(chosen.then("UnsortedSegmentSum", s.x(1), s.x(2)));
    return spread(s, share).then("MulNoNan", chosen);
  }

  private static Value unsortedProduct(Step s) {
    Value zero = s.x().then("Equal", s.x().like(0));
    Value zeros = zero.cast(DataType.DT_INT32).then("UnsortedSegmentSum", s.x(1), s.x(2));
    Value others = s.x().like(1).where(zero, s.x());
    Value rest =
        spread(s, others.then("UnsortedSegmentProd", s.x(1), s.x(2)))
            .where(zero, spread(s, s.y()).over(others));
    return spread(s, few(s, zeros)).times(rest);
  }
}
