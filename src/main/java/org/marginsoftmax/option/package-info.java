/**
 * Options of heads and backbones: {@link org.marginsoftmax.option.Option}, with its type, range,
 * default and line of help, and the values that were given for them.
 */
package org.marginsoftmax.option;
