package org.marginsoftmax.train;

/**
 * How validation samples lie among the class centers, in degrees.
 *
 * @param own angles between each feature and the nearest center of its class
 * @param other angles between each feature and the nearest center of another class
 */
public record ValidationAngles(AngleHistogram own, AngleHistogram other) {}
