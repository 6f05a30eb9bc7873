/** Reads and writes arrays of numbers as NumPy stores them: NPY files and NPZ archives. */
package org.marginsoftmax.npy;
