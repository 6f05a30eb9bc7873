package org.marginsoftmax.source;

import java.nio.file.Path;

/**
 * What the formats of sources have to choose.
 *
 * @param nestedClasses whether every folder with images is a class; otherwise each folder directly
 *     in the source, or in one of its parts
 * @param root folder that the paths of a list are relative to; null for that of the list
 * @param tfrecordImage name of the feature with the image; null to look for the usual ones
 * @param tfrecordLabel name of the feature with the label; null to look for the usual ones
 */
public record SourceOptions(
    boolean nestedClasses, Path root, String tfrecordImage, String tfrecordLabel) {}
