/**
 * The catalogue of heads, one file per head: its name, its source, its options, and how the layer
 * is built from them. Jars on the class path can add heads.
 */
package org.marginsoftmax.head;
