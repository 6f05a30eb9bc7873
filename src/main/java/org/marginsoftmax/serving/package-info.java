/**
 * Exported networks in use: images in, embeddings and classes out, for many threads at once ({@link
 * org.marginsoftmax.serving.Embedder}).
 */
package org.marginsoftmax.serving;
