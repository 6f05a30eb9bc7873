package org.marginsoftmax.savedmodel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/** Finds predicates of conditionals that are the same whatever the model is fed. */
final class ConstantPredicates {
  /** Predicates at most this deep are followed; those of models are a few deep. */
  private static final int DEEPEST = 50;

  private final FlatGraph flat;
  private final Map<String, Optional<Boolean>> known = new HashMap<>();

  ConstantPredicates(FlatGraph flat) {
    this.flat = flat;
  }

  /** The value of a predicate that is always the same; empty for any other. */
  Optional<Boolean> value(String predicate) {
    return value(predicate, 0);
  }

  private Optional<Boolean> value(String predicate, int depth) {
    // Each once: a graph may join one with itself over and over.
    Optional<Boolean> value = known.get(predicate);
    if (value == null) {
      value = depth > DEEPEST ? Optional.empty() : worked(predicate, depth + 1);
      known.put(predicate, value);
    }
    return value;
  }

  private Optional<Boolean> worked(String predicate, int depth) {
    FlatNode node = flat.of(flat.origin(predicate));
    return switch (node.type()) {
      case "PlaceholderWithDefault" -> value(node.inputs().get(0), depth);
      case "LogicalNot" -> value(node.inputs().get(0), depth).map(value -> !value);
      case "LogicalAnd" -> all(node.inputs(), depth);
      case "All" -> {
        FlatNode joined = flat.of(flat.origin(node.inputs().get(0)));
        yield joined.type().equals("Pack") ? all(joined.inputs(), depth) : Optional.empty();
      }
      case "Const" -> {
        TensorProto value = node.attributes().get("value").getTensor();
        yield value.getDtype() != DataType.DT_BOOL
            ? Optional.empty()
            : Optional.of(
                value.getBoolValCount() > 0
                    ? value.getBoolVal(0)
                    : !value.getTensorContent().isEmpty()
                        && value.getTensorContent().byteAt(0) != 0);
      }
      default -> Optional.empty();
    };
  }

  /** Whether all predicates hold; one that is always false decides. */
  private Optional<Boolean> all(List<String> predicates, int depth) {
    List<Optional<Boolean>> values = predicates.stream().map(each -> value(each, depth)).toList();
    if (values.contains(Optional.of(false))) {
      return Optional.of(false);
    }
    return values.contains(Optional.<Boolean>empty()) ? Optional.empty() : Optional.of(true);
  }
}
