/**
 * A trained network on its way out: the graph of constants that any TensorFlow runtime serves
 * ({@link org.marginsoftmax.export.ServedModel}), with images decoded in it and batch norm folded
 * into weights, and its card. No labels go in.
 */
package org.marginsoftmax.export;
