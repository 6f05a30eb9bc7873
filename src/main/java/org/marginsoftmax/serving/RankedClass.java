package org.marginsoftmax.serving;

/**
 * A class that an image may belong to.
 *
 * @param label name of the class
 * @param score from the model, 0..1
 */
public record RankedClass(String label, float score) {}
