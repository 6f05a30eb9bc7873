/**
 * What all packages share: {@link org.marginsoftmax.InvalidInputException} for input that cannot be
 * used, the wording of file errors, and the loading of service providers.
 */
package org.marginsoftmax;
