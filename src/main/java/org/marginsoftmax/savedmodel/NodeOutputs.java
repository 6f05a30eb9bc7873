package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Map;

/**
 * The outputs of a node after inlining.
 *
 * @param flat for each output the output of the flat graph
 * @param first index of the first output of each output argument in the node's definition
 */
record NodeOutputs(List<String> flat, Map<String, Integer> first) {}
