/** What all packages share: {@link org.marginsoftmax.InvalidInputException}. */
package org.marginsoftmax;
