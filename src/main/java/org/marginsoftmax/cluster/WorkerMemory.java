package org.marginsoftmax.cluster;

/**
 * The memory of a worker before it has anything of a training.
 *
 * @param process bytes that it takes
 * @param free bytes that it can still have
 */
public record WorkerMemory(long process, long free) {}
