/** What embeddings are worth: arrays in, records out. */
package org.marginsoftmax.eval;
