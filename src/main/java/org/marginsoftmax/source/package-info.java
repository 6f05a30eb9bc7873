/**
 * Where samples come from: IDX files, folders of images, arrays. Each source is read into {@link
 * org.marginsoftmax.data.Samples}. Plain Java, no TensorFlow.
 */
package org.marginsoftmax.source;
