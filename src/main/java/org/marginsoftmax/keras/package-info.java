/** Keras SavedModels: read, audit, inspect, run, inline, fine-tune, write back. */
package org.marginsoftmax.keras;
