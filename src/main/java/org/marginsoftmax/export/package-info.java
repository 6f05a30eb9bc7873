/**
 * Export of a trained network: {@link org.marginsoftmax.export.ServedModel} is a graph of constants
 * that any TensorFlow runtime can serve, with image decoding included and batch norm folded into
 * the weights, and a model card. It takes no labels.
 */
package org.marginsoftmax.export;
