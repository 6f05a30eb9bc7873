/**
 * Named embeddings on disk, and who is nearest to a probe ({@link
 * org.marginsoftmax.gallery.Gallery}).
 */
package org.marginsoftmax.gallery;
