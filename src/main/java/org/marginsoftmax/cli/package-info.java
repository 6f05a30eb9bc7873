/**
 * Internal, may change in any version: arguments to configuration records, messages, exit codes.
 * The options of the commands are what is kept.
 */
package org.marginsoftmax.cli;
