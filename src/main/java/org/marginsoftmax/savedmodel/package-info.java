/**
 * SavedModels from any source: {@link org.marginsoftmax.savedmodel.SavedModelFolder} reads and
 * checks one, {@link org.marginsoftmax.savedmodel.Audit} tells whether it only computes, {@link
 * org.marginsoftmax.savedmodel.Trial} tries it in a separate process, {@link
 * org.marginsoftmax.savedmodel.Trust} decides which of these it has to pass, and {@link
 * org.marginsoftmax.savedmodel.SignatureRunner} runs it. All other public types are for the
 * packages {@code keras} and {@code export} and may change in any version.
 */
package org.marginsoftmax.savedmodel;
