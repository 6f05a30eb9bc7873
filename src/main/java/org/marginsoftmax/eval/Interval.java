package org.marginsoftmax.eval;

/**
 * An interval of 95 % confidence.
 *
 * @param low its lower end
 * @param high its upper end
 */
public record Interval(double low, double high) {}
