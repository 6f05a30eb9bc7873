/** Evaluation of embeddings: arrays in, records out. */
package org.marginsoftmax.eval;
