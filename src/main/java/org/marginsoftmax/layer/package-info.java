/**
 * The layer that takes features and labels, with its backward pass in closed form ({@link
 * org.marginsoftmax.layer.MarginSoftmax}); heads; named variables; and the basic layers that
 * backbones are built from.
 */
package org.marginsoftmax.layer;
