/**
 * Training: the training step as a graph, the training loop, optimizers, learning rates,
 * checkpoints, devices and listeners.
 */
package org.marginsoftmax.train;
