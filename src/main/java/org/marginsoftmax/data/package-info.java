/**
 * Samples and how they become batches: what a sample is, which samples are chosen, in which order
 * they come. Images are uint8 in the order height, width, channel; other samples are float32 arrays
 * in C order; labels are 0..C-1. This package is plain Java: it uses neither TensorFlow nor, apart
 * from the root package, any other package of this library.
 */
package org.marginsoftmax.data;
