/** Images to features: {@link org.marginsoftmax.backbone.Backbone} and what implements it. */
package org.marginsoftmax.backbone;
