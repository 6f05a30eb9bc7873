package org.marginsoftmax.source;

import java.nio.file.Path;

/**
 * Where decoded images are kept on disk.
 *
 * @param dir folder of caches; made if it is missing
 * @param always whether they are kept there even if they fit into memory
 */
public record CachePlace(Path dir, boolean always) {}
