package org.marginsoftmax.backbone;

import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.Range;

/** Options that several backbones have. */
final class CommonOptions {
  static final Option<Integer> EMBEDDING =
      Option.whole(
          "embedding",
          "D",
          "a size of the features",
          Range.of(2, 4096),
          128,
          "size of the features");

  private CommonOptions() {}
}
