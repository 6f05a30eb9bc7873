package org.marginsoftmax.layer;

/**
 * A variable, and where a checkpoint has it.
 *
 * @param key in the checkpoint
 * @param variable the variable; if it is a part of a matrix, it is that part of what the key names
 */
public record SavedVariable(String key, Variable variable) {}
