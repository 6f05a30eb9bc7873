/**
 * One training over several processes, on TensorFlow's own runtime: workers, which hold the centers
 * of ranges of classes, and the chief, which trains.
 */
package org.marginsoftmax.cluster;
