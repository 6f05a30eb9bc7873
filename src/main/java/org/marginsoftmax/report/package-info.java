/** Internal, may change in any version: HTML reports for people, each a self-contained file. */
package org.marginsoftmax.report;
