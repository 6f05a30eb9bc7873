package org.marginsoftmax.run;

import java.util.List;

/**
 * Milliseconds that something took, over the turns of a measurement.
 *
 * @param ms median
 * @param msRange the lowest and the highest
 */
public record Millis(double ms, List<Double> msRange) {}
