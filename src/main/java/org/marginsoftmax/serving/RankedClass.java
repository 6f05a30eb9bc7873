package org.marginsoftmax.serving;

/**
 * A class that an image may be of.
 *
 * @param label name of the class
 * @param score the model's, 0..1
 */
public record RankedClass(String label, float score) {}
