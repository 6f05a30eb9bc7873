/**
 * The part of a SavedModel that is specific to Keras: {@link org.marginsoftmax.keras.Inspection}
 * reports what it holds, {@link org.marginsoftmax.keras.KerasBackbone} fine-tunes it, and {@link
 * org.marginsoftmax.keras.WriteBack} writes it back.
 */
package org.marginsoftmax.keras;
