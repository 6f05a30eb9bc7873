package org.marginsoftmax.gradient;

import java.util.List;
import org.tensorflow.proto.DataType;

/** Fourier transforms. */
final class SignalRules {
  private SignalRules() {}

  static void addTo(RuleTable rules) {
    String[] axes = {"", "2D", "3D"};
    for (int n = 0; n < axes.length; n++) {
      String suffix = axes[n];
      int count = n + 1;
      rules.first("FFT" + suffix, s -> s.dy().then("IFFT" + suffix).times(points(s.dy(), count)));
      rules.first("IFFT" + suffix, s -> s.dy().then("FFT" + suffix).over(points(s.dy(), count)));
    }
    for (String suffix : List.of("", "2D")) {
      rules.first("RFFT" + suffix, s -> ofReal(s, suffix));
      rules.first("IRFFT" + suffix, s -> toReal(s, suffix));
    }
  }

  /** Number of points of a transform along the last axes. */
  private static Value points(Value value, int axes) {
    Value shape = value.shape();
    Value from = shape.size().minus(shape.scalar(axes));
    return shape.part(from, shape.size()).product().cast(value.type());
  }

  /** The half of the spectrum that was left out has no gradient: zeros. */
  private static Value ofReal(Step s, String suffix) {
    Value length = s.x(1);
    Value shape = s.dy().shape();
    Value last = shape.size().minus(shape.scalar(1));
    Value whole =
        shape.part(shape.scalar(0), last).join(length.at(length.size().minus(length.scalar(1))));
    Value back = fitted(s.dy(), whole).then("IFFT" + suffix);
    Value real =
        s.op("Real").set("Tout", s.x().type()).of(back.times(length.product().cast(back.type())));
    return fitted(real, s.x().shape());
  }

  /** What stands for two points of the spectrum has twice the gradient. */
  private static Value toReal(Step s, String suffix) {
    Value length = s.x(1);
    Value last = length.at(length.size().minus(length.scalar(1)));
    Value half = s.op("RFFT" + suffix).set("Tcomplex", s.x().type()).of(s.dy(), length);
    Value index = last.over(last.scalar(2)).plus(last.scalar(1)).range();
    Value alone = index.plus(index).then("FloorMod", last).then("Equal", last.scalar(0));
    Value weight =
        last.scalar(1)
            .where(alone, last.scalar(2))
            .cast(DataType.DT_DOUBLE)
            .over(length.product().cast(DataType.DT_DOUBLE))
            .cast(half.type());
    return fitted(half.times(weight), s.x().shape());
  }

  /** Cut, or filled up with zeros, to a shape. */
  private static Value fitted(Value value, Value shape) {
    Value own = value.shape();
    Value common = own.then("Minimum", shape);
    Value none = own.zeros();
    return value
        .then("Slice", none, common)
        .then("Pad", own.op("Pack").set("axis", 1).of(List.of(none, shape.minus(common))));
  }
}
