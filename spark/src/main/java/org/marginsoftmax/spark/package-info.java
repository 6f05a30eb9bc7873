/** Embeds large image sets on Apache Spark with a model that {@code export} wrote. */
package org.marginsoftmax.spark;
