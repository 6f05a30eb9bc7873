/** Trained networks on their way to those who use them: without labels. */
package org.marginsoftmax.serving;
