package org.marginsoftmax.gradient;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.tensorflow.proto.DataType;

/** Operations on each element: functions of one number, and of two that are broadcast. */
final class ElementRules {
  private static final Set<DataType> COMPLEX =
      Set.of(DataType.DT_COMPLEX64, DataType.DT_COMPLEX128);

  private ElementRules() {}

  static void addTo(RuleTable rules) {
    functions(rules);
    special(rules);
    complex(rules);
    activations(rules);
    pairs(rules);
    rules.add("AddN AccumulateNV2", s -> Collections.nCopies(s.inputs(), s.dy()));
    rules.add(
        "ClipByValue",
        Rule.of(ElementRules::clip)
            .check(
                n -> COMPLEX.contains(n.attribute("T").getType()) ? ": of complex numbers" : null));
    rules.add(
        "Select",
        s ->
            Arrays.asList(
                null,
                s.x(0).then("Select", s.dy(), s.dy().zeros()),
                s.x(0).then("Select", s.dy().zeros(), s.dy())));
    rules.add(
        "SelectV2",
        s -> {
          Value zero = s.dy().like(0);
          return Arrays.asList(
              null,
              Step.reduced(s.dy().where(s.x(0), zero), s.x(1), s.y()),
              Step.reduced(zero.where(s.x(0), s.dy()), s.x(2), s.y()));
        });
    rules.add("Cross", s -> List.of(s.x(1).then("Cross", s.dy()), s.dy().then("Cross", s.x(0))));
  }

  /** The slope by which the gradient of the only input is multiplied. */
  private static void slope(RuleTable rules, String type, Function<Step, Value> slope) {
    rules.first(type, s -> s.dy().times(slope.apply(s).conj()));
  }

  private static void functions(RuleTable rules) {
    rules.first("Neg", s -> s.dy().negative());
    rules.first("Inv Reciprocal", s -> s.y().then("ReciprocalGrad", s.dy()));
    rules.first("Sqrt", s -> s.y().then("SqrtGrad", s.dy()));
    rules.first("Rsqrt", s -> s.y().then("RsqrtGrad", s.dy()));
    rules.first("Tanh", s -> s.y().conj().then("TanhGrad", s.dy()));
    rules.first("Sigmoid", s -> s.y().conj().then("SigmoidGrad", s.dy()));
    slope(rules, "Abs", s -> s.x().then("Sign"));
    slope(rules, "Square", s -> s.x().times(2));
    slope(rules, "Exp", Step::y);
    slope(rules, "Expm1", s -> s.x().then("Exp"));
    slope(rules, "Log", s -> s.x().then("Reciprocal"));
    slope(rules, "Log1p", s -> s.x().plus(1).then("Reciprocal"));
    slope(rules, "Sin", s -> s.x().then("Cos"));
    slope(rules, "Cos", s -> s.x().then("Sin").negative());
    slope(rules, "Tan", s -> s.x().then("Cos").then("Reciprocal").square());
    slope(rules, "Asin", s -> oneMinusSquare(s).then("Sqrt").then("Reciprocal"));
    slope(rules, "Acos", s -> oneMinusSquare(s).then("Sqrt").then("Reciprocal").negative());
    slope(rules, "Atan", s -> s.x().square().plus(1).then("Reciprocal"));
    slope(rules, "Sinh", s -> s.x().then("Cosh"));
    slope(rules, "Cosh", s -> s.x().then("Sinh"));
    slope(rules, "Asinh", s -> s.y().then("Cosh").then("Reciprocal"));
    slope(rules, "Acosh", s -> s.y().then("Sinh").then("Reciprocal"));
    slope(rules, "Atanh", s -> oneMinusSquare(s).then("Reciprocal"));
    rules.first("L2Loss", s -> s.x().times(s.dy()));
  }

  private static Value oneMinusSquare(Step s) {
    return s.x().like(1).minus(s.x().square());
  }

  private static void special(RuleTable rules) {
    slope(rules, "Erf", s -> bell(s).times(2 / Math.sqrt(Math.PI)));
    slope(rules, "Erfc", s -> bell(s).times(-2 / Math.sqrt(Math.PI)));
    slope(rules, "Erfinv", s -> s.y().square().then("Exp").times(Math.sqrt(Math.PI) / 2));
    slope(rules, "Ndtri", s -> s.y().square().times(0.5).then("Exp").times(Math.sqrt(2 * Math.PI)));
    slope(rules, "Lgamma", s -> s.x().then("Digamma"));
    slope(
        rules,
        "Digamma",
        s -> {
          // Polygamma has no kernel of 16 bits.
          boolean wide = s.x().type() == DataType.DT_DOUBLE;
          Value x = s.x().cast(wide ? DataType.DT_DOUBLE : DataType.DT_FLOAT);
          return x.like(1).then("Polygamma", x).cast(s.x().type());
        });
    slope(rules, "Dawsn", s -> s.x().like(1).minus(s.x().times(s.y()).times(2)));
    slope(rules, "Expint", s -> s.x().then("Exp").over(s.x()));
    slope(rules, "FresnelCos", s -> s.x().square().times(Math.PI / 2).then("Cos"));
    slope(rules, "FresnelSin", s -> s.x().square().times(Math.PI / 2).then("Sin"));
    slope(
        rules,
        "Spence",
        s -> {
          Value away = s.x().then("Log").over(s.x().like(1).minus(s.x()));
          return s.x().like(-1).where(s.x().then("Equal", s.x().like(1)), away);
        });
    slope(rules, "BesselI0", s -> s.x().then("BesselI1"));
    slope(rules, "BesselI0e", s -> s.x().then("BesselI1e").minus(s.x().then("Sign").times(s.y())));
    slope(rules, "BesselI1", s -> atZero(s, 1, s.x().then("BesselI0").minus(s.y().over(s.x()))));
    slope(
        rules,
        "BesselI1e",
        s -> {
          Value share = s.x().then("Sign").plus(s.x().then("Reciprocal"));
          return atZero(s, 0.5, s.x().then("BesselI0e").minus(s.y().times(share)));
        });
    slope(rules, "BesselK0", s -> s.x().then("BesselK1").negative());
    slope(rules, "BesselK0e", s -> s.y().minus(s.x().then("BesselK1e")));
    slope(rules, "BesselK1", s -> s.x().then("BesselK0").plus(s.y().over(s.x())).negative());
    slope(
        rules,
        "BesselK1e",
        s -> {
          Value share = s.x().like(1).minus(s.x().then("Reciprocal"));
          return s.y().times(share).minus(s.x().then("BesselK0e"));
        });
    slope(rules, "BesselJ0", s -> s.x().then("BesselJ1").negative());
    slope(rules, "BesselJ1", s -> atZero(s, 0.5, s.x().then("BesselJ0").minus(s.y().over(s.x()))));
    slope(rules, "BesselY0", s -> s.x().then("BesselY1").negative());
    slope(rules, "BesselY1", s -> s.x().then("BesselY0").minus(s.y().over(s.x())));
  }

  private static Value bell(Step s) {
    return s.x().square().negative().then("Exp");
  }

  /** A slope that is known at zero, where its formula divides by zero. */
  private static Value atZero(Step s, double known, Value away) {
    return s.x().like(known).where(s.x().then("Equal", s.x().like(0)), away);
  }

  private static void complex(RuleTable rules) {
    rules.first("Conj", s -> s.dy().conj());
    rules.first("Real", s -> complex(s, s.dy(), s.dy().zeros()));
    rules.first("Imag", s -> complex(s, s.dy().zeros(), s.dy()));
    rules.first(
        "ComplexAbs",
        s ->
            complex(s, s.dy(), s.dy().zeros())
                .times(s.x())
                .then("DivNoNan", complex(s, s.y(), s.y().zeros())));
    rules.first(
        "Angle",
        s -> {
          Value turned = complex(s, part(s, "Imag"), part(s, "Real"));
          return complex(s, s.dy(), s.dy().zeros()).over(turned).negative();
        });
    rules.add("Complex", s -> s.broadcast(part(s.dy(), "Real", s), part(s.dy(), "Imag", s)));
  }

  private static Value complex(Step s, Value real, Value imaginary) {
    return s.op("Complex").set("Tout", s.x().type()).of(real, imaginary);
  }

  private static Value part(Step s, String type) {
    return s.op(type).set("Tout", s.y().type()).of(s.x());
  }

  private static Value part(Value value, String type, Step s) {
    return s.op(type).set("Tout", s.x().type()).of(value);
  }

  private static void activations(RuleTable rules) {
    rules.first("Relu", s -> s.dy().then("ReluGrad", s.y()));
    rules.first("Relu6", s -> s.dy().then("Relu6Grad", s.y()));
    rules.first("Elu", s -> s.dy().then("EluGrad", s.y()));
    rules.first("Selu", s -> s.dy().then("SeluGrad", s.y()));
    rules.first("Softplus", s -> s.dy().times(s.x().then("Sigmoid")));
    rules.first("Softsign", s -> s.dy().then("SoftsignGrad", s.x()));
    rules.first("LeakyRelu", s -> s.like("LeakyReluGrad", "alpha").of(s.dy(), s.x()));
  }

  private static void pairs(RuleTable rules) {
    rules.add("Add AddV2", s -> s.broadcast(s.dy(), s.dy()));
    rules.add("Sub", s -> s.broadcast(s.dy(), s.dy().negative()));
    rules.add("Mul", s -> s.broadcast(s.dy().times(s.x(1).conj()), s.x(0).conj().times(s.dy())));
    rules.add(
        "MulNoNan",
        s -> s.broadcast(s.dy().then("MulNoNan", s.x(1)), s.x(0).then("MulNoNan", s.dy())));
    for (String type : List.of("Div", "RealDiv", "DivNoNan")) {
      rules.add(
          type,
          s -> {
            Value y = s.x(1).conj();
            Value share = s.x(0).conj().negative().then(type, y).then(type, y);
            return s.broadcast(s.dy().then(type, y), s.dy().times(share));
          });
    }
    rules.add(
        "FloorMod",
        s -> s.broadcast(s.dy(), s.dy().times(s.x(0).then("FloorDiv", s.x(1)).negative())));
    rules.add("Pow", ElementRules::power);
    for (String type : List.of("Maximum", "Minimum")) {
      String wins = type.equals("Maximum") ? "GreaterEqual" : "LessEqual";
      rules.add(
          type,
          s -> {
            Value first = s.x(0).then(wins, s.x(1));
            Value zeros = s.dy().zeros();
            return s.broadcast(s.dy().where(first, zeros), zeros.where(first, s.dy()));
          });
    }
    rules.add(
        "SquaredDifference",
        s -> {
          Value gradient = s.dy().times(2).times(s.x(0).minus(s.x(1)).conj());
          return s.broadcast(gradient, gradient.negative());
        });
    rules.add(
        "Atan2",
        s -> {
          Value share = s.dy().over(s.x(0).square().plus(s.x(1).square()));
          return s.broadcast(s.x(1).times(share), s.x(0).negative().times(share));
        });
    rules.add(
        "Xlogy",
        s ->
            s.broadcast(
                s.dy().times(notZero(s).then("Xlogy", s.x(1))),
                s.dy().times(s.x(0).then("Xdivy", s.x(1)))));
    rules.add(
        "Xlog1py",
        s ->
            s.broadcast(
                s.dy().times(notZero(s).then("Xlog1py", s.x(1))),
                s.dy().times(s.x(0).then("Xdivy", s.x(1).plus(1)))));
    rules.add(
        "Xdivy",
        s ->
            s.broadcast(
                s.dy().times(notZero(s).then("Xdivy", s.x(1))),
                s.dy().times(s.x(0).negative().then("Xdivy", s.x(1).square()))));
    rules.add("Igamma", s -> igamma(s, s.dy()));
    rules.add("Igammac", s -> igamma(s, s.dy().negative()));
    rules.add("Betainc", Rule.of(ElementRules::betainc).flat(0, 1));
    rules.add(
        "Zeta",
        Rule.of(
                s ->
                    s.broadcast(
                        null,
                        s.dy().times(s.x(0).negative().times(s.x(0).plus(1).then("Zeta", s.x(1))))))
            .flat(0));
    rules.add(
        "Polygamma",
        Rule.of(s -> s.broadcast(null, s.dy().times(s.x(0).plus(1).then("Polygamma", s.x(1)))))
            .flat(0));
    rules.add("NextAfter", s -> s.broadcast(s.dy(), s.dy().zeros()));
  }

  private static Value notZero(Step s) {
    return s.x(0).then("NotEqual", s.x(0).like(0)).cast(s.x(0).type());
  }

  /** By the exponent there is no number where the base is not above 0; Python has 0 there. */
  private static List<Value> power(Step s) {
    Value x = s.x(0).conj();
    Value y = s.x(1).conj();
    Value one = x.like(1);
    Value defined = x.isComplex() ? x.then("NotEqual", x.like(0)) : x.then("Greater", x.like(0));
    Value log = x.where(defined, one).then("Log");
    return s.broadcast(
        s.dy().times(y).times(x.then("Pow", y.minus(one))), s.dy().times(s.y().conj()).times(log));
  }

  private static List<Value> igamma(Step s, Value dy) {
    Value a = s.x(0);
    Value x = s.x(1);
    Value log = a.plus(-1).times(x.then("Log")).minus(x).minus(a.then("Lgamma"));
    return s.broadcast(dy.times(a.then("IgammaGradA", x)), dy.times(log.then("Exp")));
  }

  private static List<Value> betainc(Step s) {
    Value a = s.x(0);
    Value b = s.x(1);
    Value x = s.x(2);
    Value logBeta = a.then("Lgamma").plus(b.then("Lgamma")).minus(a.plus(b).then("Lgamma"));
    Value log =
        b.plus(-1).then("Xlog1py", x.negative()).plus(a.plus(-1).then("Xlogy", x)).minus(logBeta);
    return Arrays.asList(null, null, Step.reduced(s.dy().times(log.then("Exp")), x, a));
  }

  /** Bounds are broadcast to the shape of what is clipped. */
  private static List<Value> clip(Step s) {
    Value below = s.x(0).then("Less", s.x(1));
    Value above = s.x(0).then("Greater", s.x(2));
    Value zeros = s.dy().zeros();
    return List.of(
        Step.reduced(zeros.where(below.then("LogicalOr", above), s.dy()), s.x(0), s.y()),
        Step.reduced(s.dy().where(below, zeros), s.x(1), s.y()),
        Step.reduced(s.dy().where(above, zeros), s.x(2), s.y()));
  }
}
