package org.marginsoftmax.gallery;

/**
 * An embedding that is near to a probe.
 *
 * @param id of the embedding, unique in its gallery
 * @param name of the embedding
 * @param cosine to the probe, -1 to 1, accurate to about 1e-7
 */
public record Match(long id, String name, float cosine) {}
