/** Margin softmax on TensorFlow Java. */
package org.marginsoftmax;
