/**
 * Augmentation: random changes of training samples that leave their class as it is. Plain Java.
 * What is drawn for a sample depends on one number, which {@link org.marginsoftmax.data.Epochs}
 * makes from seed, epoch and sample.
 */
package org.marginsoftmax.augment;
