/**
 * What is Keras' of a SavedModel: {@link org.marginsoftmax.keras.Inspection} says what is in one,
 * {@link org.marginsoftmax.keras.KerasBackbone} trains it further, {@link
 * org.marginsoftmax.keras.WriteBack} writes it back.
 */
package org.marginsoftmax.keras;
