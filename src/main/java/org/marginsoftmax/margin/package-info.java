/**
 * What a margin is: the target logit t(theta) and its slopes, how large m is for a sample, guards
 * where theta + m passes pi, schedules of margin and scale.
 */
package org.marginsoftmax.margin;
