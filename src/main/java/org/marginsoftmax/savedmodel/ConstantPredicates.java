package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/** Predicates of conditionals that are the same whatever a model is fed. */
final class ConstantPredicates {
  private ConstantPredicates() {}

  /** The value of a predicate that is always the same; empty of any other. */
  static Optional<Boolean> value(FlatGraph flat, String predicate) {
    FlatNode node = flat.of(flat.origin(predicate));
    return switch (node.type()) {
      case "PlaceholderWithDefault" -> value(flat, node.inputs().get(0));
      case "LogicalNot" -> value(flat, node.inputs().get(0)).map(value -> !value);
      case "LogicalAnd" -> all(flat, node.inputs());
      case "All" -> {
        FlatNode joined = flat.of(flat.origin(node.inputs().get(0)));
        yield joined.type().equals("Pack") ? all(flat, joined.inputs()) : Optional.empty();
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

  /** Whether all predicates hold: one that never does decides. */
  private static Optional<Boolean> all(FlatGraph flat, List<String> predicates) {
    List<Optional<Boolean>> values = predicates.stream().map(each -> value(flat, each)).toList();
    if (values.contains(Optional.of(false))) {
      return Optional.of(false);
    }
    return values.contains(Optional.<Boolean>empty()) ? Optional.empty() : Optional.of(true);
  }
}
