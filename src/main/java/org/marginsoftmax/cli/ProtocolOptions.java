package org.marginsoftmax.cli;

import picocli.CommandLine.Option;

/** The options of how many pairs are compared, and what intervals are from. */
final class ProtocolOptions {
  @Option(
      names = "--pair-samples",
      paramLabel = "N",
      description = "compare all pairs of up to N test samples; default 100000")
  private Integer pairSamples;

  @Option(
      names = "--bootstrap",
      paramLabel = "N",
      description =
          "replicates that intervals of 95 %% are from, which draw classes; 0 for none; default 1000")
  private Integer replicates;

  /** Null for the default. */
  Integer pairSamples() {
    return pairSamples;
  }

  /** Null for the default. */
  Integer replicates() {
    return replicates;
  }
}
