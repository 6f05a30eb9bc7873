package org.marginsoftmax.run;

import java.util.List;

/**
 * A time over another of the same turn, over the turns of a measurement.
 *
 * @param ratio median
 * @param ratioRange the lowest and the highest
 */
public record Ratio(double ratio, List<Double> ratioRange) {}
