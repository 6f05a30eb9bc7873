/**
 * SavedModels of anybody: {@link org.marginsoftmax.savedmodel.SavedModelFolder} reads and checks
 * one, {@link org.marginsoftmax.savedmodel.Audit} says whether it only computes, {@link
 * org.marginsoftmax.savedmodel.Trial} tries it in a process of its own, {@link
 * org.marginsoftmax.savedmodel.Trust} says which of these it has to pass, {@link
 * org.marginsoftmax.savedmodel.SignatureRunner} runs it. What else is public is for the packages
 * {@code keras} and {@code export} and may change in any version.
 */
package org.marginsoftmax.savedmodel;
