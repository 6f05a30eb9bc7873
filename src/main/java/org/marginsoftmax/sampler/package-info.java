/**
 * Which samples an epoch visits, in which order: a few of each of some classes in every batch,
 * classes balanced by weights, at most a number of each class, classes that are easily confused in
 * one batch. Plain Java; the default, {@link org.marginsoftmax.data.Shuffled}, is in {@code data}.
 */
package org.marginsoftmax.sampler;
