/** Image files to pixels: formats, orientation, colours, size. Plain Java, no TensorFlow. */
package org.marginsoftmax.image;
