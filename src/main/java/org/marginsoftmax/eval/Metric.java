package org.marginsoftmax.eval;

/**
 * A figure with what it means.
 *
 * @param name as in {@code metrics.json}
 * @param value degrees for angles, otherwise a share or a coefficient
 * @param definition what was computed, over what, by which protocol
 */
public record Metric(String name, double value, String definition) {}
