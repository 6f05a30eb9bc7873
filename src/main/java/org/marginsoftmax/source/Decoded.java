package org.marginsoftmax.source;

import java.util.SortedMap;
import org.marginsoftmax.data.ElementStore;

/**
 * Images of a source as pixels.
 *
 * @param items those that could be read, in the order asked for
 * @param elements their pixels, in the same order
 * @param failures why the others could not be read, by item
 */
record Decoded(int[] items, ElementStore elements, SortedMap<Integer, String> failures) {}
