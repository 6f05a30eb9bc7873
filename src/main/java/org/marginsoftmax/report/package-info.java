/** Internal, may change in any version: what a person looks at, pages that stand alone. */
package org.marginsoftmax.report;
