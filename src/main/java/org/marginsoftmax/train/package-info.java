/**
 * The training step as a graph, the loop, optimizers, learning rates, checkpoints, devices and
 * listeners.
 */
package org.marginsoftmax.train;
