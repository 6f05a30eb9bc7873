/**
 * The use cases, each a function of a configuration record: train a run, evaluate it, sweep
 * margins, look into a Keras model, export; a run before it begins and once it is trained, and its
 * folder.
 */
package org.marginsoftmax.run;
