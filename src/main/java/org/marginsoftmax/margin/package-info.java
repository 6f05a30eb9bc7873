/**
 * Margins: the target logit t(theta) and its slopes, the size m of the margin for each sample,
 * guards where theta + m exceeds pi, and schedules for margin and scale.
 */
package org.marginsoftmax.margin;
