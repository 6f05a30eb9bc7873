/**
 * Reverse-mode differentiation of TensorFlow graphs: one table says of each type of operation how
 * its gradient is composed, that none passes through it, or why there is none ({@link
 * org.marginsoftmax.gradient.Path} asks it without a graph, {@link
 * org.marginsoftmax.gradient.Gradients} writes what it says into one). Internal, may change.
 */
package org.marginsoftmax.gradient;
