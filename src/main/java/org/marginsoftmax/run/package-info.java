/**
 * The use cases, each a function of a configuration record: train a run, evaluate it, sweep
 * margins, look into a Keras model, export; and the run folder.
 */
package org.marginsoftmax.run;
