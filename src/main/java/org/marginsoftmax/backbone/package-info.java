/**
 * Backbones, which turn images or arrays into features: {@link
 * org.marginsoftmax.backbone.Backbone}, its implementations and their catalogue.
 */
package org.marginsoftmax.backbone;
