/**
 * The catalogue of heads, a file each: what a head is called, where it comes from, its options, and
 * how the layer is built from them. Those of jars on the class path stand beside ours.
 */
package org.marginsoftmax.head;
