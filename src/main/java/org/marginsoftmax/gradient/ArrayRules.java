package org.marginsoftmax.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.proto.DataType;

/** Operations that move elements about by position. */
final class ArrayRules {
  private static final String[] MASKS = {
    "begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"
  };

  private ArrayRules() {}

  static void addTo(RuleTable rules) {
    rules.first(
        "Identity ReadVariableOp Snapshot EnsureShape PlaceholderWithDefault CheckNumerics"
            + " CheckNumericsV2 DeepCopy DisableCopyOnRead RefIdentity QuantizeAndDequantize",
        Step::dy);
    rules.add("IdentityN", Step::gradients);
    rules.first("Cast", s -> s.dy().cast(s.x().type()));
    rules.first("Reshape ExpandDims Squeeze", s -> s.dy().reshape(s.x().shape()));
    rules.first("Transpose", s -> s.dy().transpose(s.x(1).then("InvertPermutation")));
    rules.first(
        "ConjugateTranspose", s -> s.dy().conj().transpose(s.x(1).then("InvertPermutation")));
    rules.first("BroadcastTo", s -> Step.reduced(s.dy(), s.x(), s.y()));
    rules.add("Fill", s -> Arrays.asList(null, s.dy().sum(s.dy().rank().range(), false)));
    rules.first("Tile", ArrayRules::tile);
    joins(rules);
    slices(rules);
    paddings(rules);
    rules.first("Roll", s -> s.dy().then("Roll", s.x(1).negative(), s.x(2)));
    rules.first("ReverseV2", s -> s.dy().then("ReverseV2", s.x(1)));
    rules.first("Reverse", s -> s.dy().then("Reverse", s.x(1)));
    rules.first(
        "ReverseSequence",
        s -> s.like("ReverseSequence", "seq_dim", "batch_dim").of(s.dy(), s.x(1)));
    blocks(rules);
  }

  private static Value tile(Step s) {
    Value multiples = s.x(1);
    Value shape = s.x().shape(multiples.type());
    Value both = s.op("Pack").set("axis", 1).of(List.of(multiples, shape)).reshape(-1);
    Value axes = both.scalar(0).then("Range", both.size(), both.scalar(2));
    return s.dy().reshape(both).sum(axes, false).reshape(s.x().shape());
  }

  private static void joins(RuleTable rules) {
    rules.add(
        "Concat",
        s -> {
          List<Value> parts = new ArrayList<>(parts(s, s.inputs(1, s.inputs()), s.x(0)));
          parts.add(0, null);
          return parts;
        });
    rules.add(
        "ConcatV2",
        s -> {
          int count = s.inputs() - 1;
          List<Value> parts = new ArrayList<>(parts(s, s.inputs(0, count), s.x(count)));
          parts.add(null);
          return parts;
        });
    rules.add("Pack", s -> s.like("Unpack", "axis").set("num", s.inputs()).outputs(s.dy()));
    rules.first("Unpack", s -> s.like("Pack", "axis").of(s.gradients()));
    rules.add("Split", s -> Arrays.asList(null, joined(s, s.x(0))));
    rules.first("SplitV", s -> joined(s, s.x(2)));
  }

  private static Value joined(Step s, Value axis) {
    List<Value> parts = s.gradients();
    return parts.size() == 1 ? parts.get(0) : s.op("ConcatV2").of(parts, axis);
  }

  private static List<Value> parts(Step s, List<Value> joined, Value axis) {
    if (joined.size() == 1) {
      return List.of(s.dy());
    }
    Value along = axis.cast(DataType.DT_INT32).modulo(s.dy().rank());
    Value sizes = s.op("Pack").of(joined.stream().map(each -> each.shape().at(along)).toList());
    return s.op("SplitV").set("num_split", joined.size()).outputs(s.dy(), sizes, along);
  }

  private static void slices(RuleTable rules) {
    rules.first(
        "Slice",
        s -> {
          Value begin = s.x(1);
          Value after = s.x().shape(begin.type()).minus(s.y().shape(begin.type())).minus(begin);
          return s.dy().then("Pad", s.op("Pack").set("axis", 1).of(List.of(begin, after)));
        });
    rules.add(
        "StridedSlice",
        Rule.of(
                s ->
                    s.first(
                        s.like("StridedSliceGrad", MASKS)
                            .of(s.x().shape(s.x(1).type()), s.x(1), s.x(2), s.x(3), s.dy())))
            .check(
                n ->
                    // They end TensorFlow's process.
                    n.attribute("Index").getType() == DataType.DT_INT16
                        ? ": indices of 16 bits"
                        : null));
    rules.add(
        "StridedSliceGrad",
        s -> s.only(4, s.like("StridedSlice", MASKS).of(s.dy(), s.x(1), s.x(2), s.x(3))));
    rules.add(
        "TensorStridedSliceUpdate",
        s -> {
          Value inside = s.like("StridedSlice", MASKS).of(s.dy(), s.x(1), s.x(2), s.x(3));
          Value outside =
              s.like("TensorStridedSliceUpdate", MASKS)
                  .of(s.dy(), s.x(1), s.x(2), s.x(3), inside.zeros());
          return Arrays.asList(outside, null, null, null, Step.reduced(inside, s.x(4), inside));
        });
  }

  private static void paddings(RuleTable rules) {
    Rule cut =
        Rule.of(
            s -> {
              Value first = s.op("Unpack").set("axis", 1).set("num", 2).of(s.x(1));
              return s.first(s.dy().then("Slice", first, s.x().shape(first.type())));
            });
    rules.add("Pad", cut);
    rules.add("PadV2", cut.flat(2));
    rules.first("MirrorPad", s -> s.like("MirrorPadGrad", "mode").of(s.dy(), s.x(1)));
    rules.first("MirrorPadGrad", s -> s.like("MirrorPad", "mode").of(s.dy(), s.x(1)));
  }

  private static void blocks(RuleTable rules) {
    rules.first("SpaceToBatchND", s -> s.dy().then("BatchToSpaceND", s.x(1), s.x(2)));
    rules.first("BatchToSpaceND", s -> s.dy().then("SpaceToBatchND", s.x(1), s.x(2)));
    rules.first("SpaceToBatch", s -> s.like("BatchToSpace", "block_size").of(s.dy(), s.x(1)));
    rules.first("BatchToSpace", s -> s.like("SpaceToBatch", "block_size").of(s.dy(), s.x(1)));
    rules.first(
        "SpaceToDepth", s -> s.like("DepthToSpace", "block_size", "data_format").of(s.dy()));
    rules.first(
        "DepthToSpace", s -> s.like("SpaceToDepth", "block_size", "data_format").of(s.dy()));
  }
}
