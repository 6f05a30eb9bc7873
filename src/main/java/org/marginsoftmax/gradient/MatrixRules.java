package org.marginsoftmax.gradient;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Products, inverses and diagonals of matrices. */
final class MatrixRules {
  /** Numbers that oneDNN has kernels for. */
  private static final Set<DataType> NARROW =
      Set.of(DataType.DT_FLOAT, DataType.DT_HALF, DataType.DT_BFLOAT16);

  private MatrixRules() {}

  static void addTo(RuleTable rules) {
    rules.add("MatMul", s -> products(s, "MatMul", "transpose_a", "transpose_b"));
    rules.add(
        "SparseMatMul",
        s -> {
          // What it says of zeros is for speed alone.
          List<Value> found = products(s, "MatMul", "transpose_a", "transpose_b");
          return List.of(found.get(0).cast(s.x(0).type()), found.get(1).cast(s.x(1).type()));
        });
    rules.add("BatchMatMul", s -> products(s, "BatchMatMul", "adj_x", "adj_y"));
    rules.add(
        "BatchMatMulV2 BatchMatMulV3",
        Rule.of(s -> unbroadcast(s, products(s, "BatchMatMulV2", "adj_x", "adj_y")))
            .check(MatrixRules::repeated));
    rules.add("Einsum", Rule.of(MatrixRules::einsum).check(MatrixRules::repeated));
    rules.add("SparseTensorDenseMatMul", MatrixRules::sparseProduct);
    rules.add(
        "SparseTensorDenseAdd",
        s -> Arrays.asList(null, s.dy().then("GatherNd", s.x(0)), null, s.dy()));
    rules.add(
        "SparseToDense",
        s -> {
          Value values = s.dy().then("GatherNd", s.x(0));
          return Arrays.asList(null, null, values, total(s.dy()).minus(total(values)));
        });
    rules.first(
        "MatrixInverse",
        s -> {
          boolean adjoint = s.flag("adjoint");
          Value right = times(s.dy(), s.y(), adjoint, !adjoint);
          return times(s.y(), right, !adjoint, false).negative();
        });
    rules.first("MatrixDeterminant", s -> determinant(s, s.dy().times(s.y())));
    rules.add("LogMatrixDeterminant", Rule.of(s -> s.first(determinant(s, s.dy(1)))).outputs(1));
    rules.add("MatrixSolve", s -> solve(s, s.like("MatrixSolve")));
    rules.add(
        "MatrixTriangularSolve",
        s -> {
          List<Value> both = solve(s, s.like("MatrixTriangularSolve", "lower"));
          Value triangle = s.flag("lower") ? band(both.get(0), -1, 0) : band(both.get(0), 0, -1);
          return unbroadcast(s, List.of(triangle, both.get(1)));
        });
    rules.first("Cholesky", MatrixRules::cholesky);
    diagonals(rules);
  }

  /** Why a product of which one operand is repeated along the other's batch is not taken. */
  private static String repeated(Node node) {
    if (!(node instanceof GraphNode graph)
        || graph.tensors().size() != 2
        || !NARROW.contains(node.outputs().get(0))
        || graph.tensors().stream().anyMatch(in -> in.dataType() != node.outputs().get(0))) {
      return null;
    }
    String equation =
        node.type().equals("Einsum")
            ? node.attribute("equation").getS().toStringUtf8().replace(" ", "")
            : "...mk,...kn->...mn";
    String[] sides = equation.split(",|->", -1);
    Shape a = graph.tensors().get(0).shape();
    Shape b = graph.tensors().get(1).shape();
    if (!sides[2].contains("...") || a.isUnknown() || b.isUnknown()) {
      return null;
    }
    Shape first = ellipsis(a, sides[0]);
    Shape second = ellipsis(b, sides[1]);
    boolean same = first.numDimensions() == second.numDimensions();
    for (int axis = 0; same && axis < first.numDimensions(); axis++) {
      same = first.get(axis) == 1 == (second.get(axis) == 1);
    }
    return same
        ? null
        : ": an operand repeated along the other's batch, which oneDNN's kernel gets wrong; an einsum with a label for each axis goes round it";
  }

  /** Sizes of the axes that an ellipsis stands for. */
  private static Shape ellipsis(Shape shape, String labels) {
    int before = labels.indexOf("...");
    int after = labels.length() - before - 3;
    return before < 0
        ? Shape.scalar()
        : shape.subShape(before, Math.max(before, shape.numDimensions() - after));
  }

  private static Value times(Value a, Value b, boolean adjointA, boolean adjointB) {
    return a.op("BatchMatMulV2").set("adj_x", adjointA).set("adj_y", adjointB).of(a, b);
  }

  private static List<Value> products(Step s, String type, String first, String second) {
    boolean a = s.flag(first);
    boolean b = s.flag(second);
    boolean adjoint = first.startsWith("adj");
    Value x = (adjoint ? s.x(0) : s.x(0).conj()).cast(s.dy().type());
    Value y = (adjoint ? s.x(1) : s.x(1).conj()).cast(s.dy().type());
    Value dy = s.dy();
    Value dx =
        a
            ? s.op(type).set(first, b).set(second, true).of(y, dy)
            : s.op(type).set(first, false).set(second, !b).of(dy, y);
    Value dw =
        b
            ? s.op(type).set(first, true).set(second, a).of(dy, x)
            : s.op(type).set(first, !a).set(second, false).of(x, dy);
    return List.of(dx, dw);
  }

  /** Sums over the axes of batches, all but the last two, along which an input was repeated. */
  private static List<Value> unbroadcast(Step s, List<Value> gradients) {
    return List.of(
        unbroadcast(gradients.get(0), s.x(0), s.x(1)),
        unbroadcast(gradients.get(1), s.x(1), s.x(0)));
  }

  private static Value unbroadcast(Value gradient, Value of, Value against) {
    int[] axes = Shapes.repeated(Shapes.batch(of.known()), Shapes.batch(against.known()));
    if (axes != null && axes.length == 0) {
      return gradient;
    }
    Value over =
        axes != null
            ? gradient.ints(axes)
            : of.op("BroadcastGradientArgs").outputs(batch(of), batch(against)).get(0);
    return gradient.sum(over, false).reshape(of.shape());
  }

  private static Value batch(Value matrices) {
    Value shape = matrices.shape();
    return shape.part(shape.scalar(0), matrices.rank().minus(shape.scalar(2)));
  }

  private static Value determinant(Step s, Value gradient) {
    Value inverse = s.op("MatrixInverse").set("adjoint", true).of(s.x());
    return gradient.reshape(gradient.shape().join(gradient.ints(1, 1))).times(inverse);
  }

  private static List<Value> solve(Step s, Value.Call solver) {
    boolean adjoint = s.flag("adjoint");
    Value db = solver.set("adjoint", !adjoint).of(s.x(0), s.dy());
    Value da = adjoint ? times(s.y(), db, false, true) : times(db, s.y(), false, true);
    return List.of(da.negative(), db);
  }

  private static Value total(Value value) {
    return value.sum(value.rank().range(), false);
  }

  private static Value band(Value matrix, int lower, int upper) {
    return matrix.then("MatrixBandPart", matrix.scalar(lower), matrix.scalar(upper));
  }

  /** Differentiation of the Cholesky decomposition, arXiv 1602.07527, equation 10. */
  private static Value cholesky(Step s) {
    Value l = s.y();
    Value ones = l.then("MatrixDiagPart").op("OnesLike").of(l.then("MatrixDiagPart"));
    Value inverse = l.then("MatrixTriangularSolve", ones.then("MatrixDiag"));
    Value product = times(l, s.dy(), true, false);
    Value diagonal = product.then("MatrixDiagPart").times(0.5);
    Value middle = band(product.then("MatrixSetDiag", diagonal), -1, 0);
    Value half = times(times(inverse, middle, true, false), inverse, false, false);
    Value mirrored = times(half, ones.then("MatrixDiag"), true, false);
    return half.plus(mirrored).times(0.5);
  }

  private static void diagonals(RuleTable rules) {
    rules.first("Diag", s -> s.dy().then("DiagPart"));
    rules.first("DiagPart", s -> s.dy().then("Diag"));
    rules.first("MatrixBandPart", s -> s.dy().then("MatrixBandPart", s.x(1), s.x(2)));
    rules.first("MatrixDiag", s -> s.dy().then("MatrixDiagPart"));
    rules.first("MatrixDiagPart", s -> s.x().zeros().then("MatrixSetDiag", s.dy()));
    rules.add(
        "MatrixSetDiag",
        s -> List.of(s.dy().then("MatrixSetDiag", s.x(1).zeros()), s.dy().then("MatrixDiagPart")));
    // Of the versions V2 Python itself takes the diagonals from other places than they lie in.
    rules.add(
        "MatrixDiagV3",
        Rule.of(
                s ->
                    s.first(s.like("MatrixDiagPartV3", "align").of(s.dy(), s.x(1), s.dy().like(0))))
            .flat(4));
    rules.add(
        "MatrixDiagPartV3",
        Rule.of(s -> s.first(s.like("MatrixSetDiagV3", "align").of(s.x().zeros(), s.dy(), s.x(1))))
            .flat(2));
    rules.add(
        "MatrixSetDiagV3",
        s ->
            Arrays.asList(
                s.like("MatrixSetDiagV3", "align").of(s.dy(), s.x(1).zeros(), s.x(2)),
                s.like("MatrixDiagPartV3", "align").of(s.dy(), s.x(2), s.dy().like(0)),
                null));
  }

  /**
   * With a sparse matrix given by its indices and values, whose other elements have no gradient.
   */
  private static List<Value> sparseProduct(Step s) {
    boolean adjoint = s.flag("adjoint_a");
    Value product =
        s.op("SparseTensorDenseMatMul")
            .set("adjoint_a", !adjoint)
            .of(s.x(0), s.x(1), s.x(2), s.dy());
    Value dense = s.flag("adjoint_b") ? adjoint(s.x(3)) : s.x(3);
    List<Value> places = s.op("Unpack").set("axis", 1).set("num", 2).outputs(s.x(0));
    Value values =
        s.dy()
            .gather(places.get(adjoint ? 1 : 0))
            .times(dense.gather(places.get(adjoint ? 0 : 1)).conj())
            .sum(s.dy().scalar(1), false);
    return Arrays.asList(
        null,
        adjoint ? values.conj() : values,
        null,
        s.flag("adjoint_b") ? adjoint(product) : product);
  }

  private static Value adjoint(Value matrix) {
    return matrix.conj().transpose(1, 0);
  }

  /**
   * The equation turned round: gradient and other operand to this one. What only this operand has
   * is repeated, by a product with ones.
   */
  private static List<Value> einsum(Step s) {
    String[] sides = s.text("equation").replace(" ", "").split("->", -1);
    String[] operands = sides[0].split(",", -1);
    String result = sides[1];
    if (operands.length == 1) {
      return List.of(turned(s, 0, operands[0], null, "", result));
    }
    if (result.contains("...")) {
      for (int i = 0; i < 2; i++) {
        operands[i] = operands[i].contains("...") ? operands[i] : operands[i] + "...";
      }
    }
    return List.of(
        turned(s, 0, operands[0], s.x(1).conj(), operands[1], result),
        turned(s, 1, operands[1], s.x(0).conj(), operands[0], result));
  }

  private static Value turned(
      Step s, int index, String own, Value other, String others, String result) {
    String lonely =
        own.chars()
            .mapToObj(Character::toString)
            .filter(
                label -> !label.equals(".") && !result.contains(label) && !others.contains(label))
            .distinct()
            .collect(Collectors.joining());
    String met =
        own.chars()
            .mapToObj(Character::toString)
            .filter(label -> !lonely.contains(label))
            .collect(Collectors.joining());
    Value gradient =
        other == null
            ? s.dy()
            : s.op("Einsum")
                .set("equation", result + "," + others + "->" + met)
                .of(List.of(s.dy(), other));
    String reached = other == null ? result : met;
    Value x = s.x(index);
    if (!lonely.isEmpty()) {
      Value sizes = x.shape().gather(labels(x, own, lonely));
      Value ones = s.op("Fill").of(sizes, x.like(1));
      gradient =
          s.op("Einsum")
              .set("equation", reached + "," + lonely + "->" + own)
              .of(List.of(gradient, ones));
    } else if (!reached.equals(own)) {
      gradient = s.op("Einsum").set("equation", reached + "->" + own).of(List.of(gradient));
    }
    return own.contains("...") && other != null
        ? withinEllipsis(gradient, x, own, s.x(1 - index), others)
        : gradient;
  }

  /** Axes of labels, those after an ellipsis counted from the end. */
  private static Value labels(Value x, String subscripts, String labels) {
    int ellipsis = subscripts.indexOf("...");
    int[] axes =
        labels
            .chars()
            .map(subscripts::indexOf)
            .map(at -> ellipsis >= 0 && at > ellipsis ? at - subscripts.length() : at)
            .toArray();
    return x.ints(axes).modulo(x.rank());
  }

  /** Sums over the axes of the ellipsis along which an operand was repeated. */
  private static Value withinEllipsis(
      Value gradient, Value of, String own, Value against, String others) {
    Value axes =
        of.op("BroadcastGradientArgs").outputs(middle(of, own), middle(against, others)).get(0);
    int before = own.indexOf("...");
    return gradient.sum(axes.plus(axes.scalar(before)), false).reshape(of.shape());
  }

  private static Value middle(Value x, String subscripts) {
    int before = subscripts.indexOf("...");
    int after = subscripts.length() - before - 3;
    return x.shape(DataType.DT_INT32).part(x.scalar(before), x.rank().minus(x.scalar(after)));
  }
}
