/**
 * Exported networks in use: {@link org.marginsoftmax.serving.Embedder} turns images or arrays into
 * embeddings and classes, for many threads at once.
 */
package org.marginsoftmax.serving;
