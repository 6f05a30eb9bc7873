/**
 * The layer with two inputs, features and labels, and its closed-form backward pass ({@link
 * org.marginsoftmax.layer.MarginSoftmax}); heads; named variables; the plain layers that backbones
 * are made of.
 */
package org.marginsoftmax.layer;
