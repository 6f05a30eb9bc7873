package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Map;

/**
 * What becomes of the outputs of a node that is inlined.
 *
 * @param flat what each is in the flat graph
 * @param first index of the first of each argument of the node's definition
 */
record NodeOutputs(List<String> flat, Map<String, Integer> first) {}
