/**
 * What all packages share: what is thrown for input that cannot be used, {@link
 * org.marginsoftmax.InvalidInputException}, and the words for an error of a file.
 */
package org.marginsoftmax;
