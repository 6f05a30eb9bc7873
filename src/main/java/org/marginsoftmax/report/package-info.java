/**
 * Internal, may change in any version: HTML reports for people, each a self-contained file, and
 * what TensorBoard's projector shows.
 */
package org.marginsoftmax.report;
