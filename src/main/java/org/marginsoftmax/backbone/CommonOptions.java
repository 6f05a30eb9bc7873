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

  /** Of networks over frames. */
  static final Option<Integer> CHANNELS =
      Option.whole(
          "channels",
          "C",
          "a number of channels",
          Range.of(16, 4096),
          512,
          "channels of the layers over frames");

  /** Of networks that pool over time; each has its own usual number. */
  static final Option<Integer> POOLED_CHANNELS =
      Option.whole(
          "pooled_channels",
          "C",
          "a number of channels",
          Range.of(16, 8192),
          1500,
          "channels whose statistics over time are taken");

  private CommonOptions() {}
}
