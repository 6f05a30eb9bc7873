/**
 * Named embeddings on disk, searched for the nearest to a probe ({@link
 * org.marginsoftmax.gallery.Gallery}).
 */
package org.marginsoftmax.gallery;
