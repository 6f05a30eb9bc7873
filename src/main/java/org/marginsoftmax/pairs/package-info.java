/**
 * Lists of pairs for verification: which images are compared, which pairs are of one subject, and
 * in which folds. Plain Java, no TensorFlow.
 */
package org.marginsoftmax.pairs;
