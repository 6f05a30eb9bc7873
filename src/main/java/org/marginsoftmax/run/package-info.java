/**
 * The use cases, each a function of a configuration record: check, train and sweep; evaluate,
 * export, predict, embed and find outliers; inspect a SavedModel; use a gallery; apply and measure
 * heads. Also the configuration records themselves and the folder of a run.
 */
package org.marginsoftmax.run;
