/**
 * The command line: one class a verb, below {@link io.holdfast.cli.Main}. A verb finds out what is
 * so (a finding), which is printed as a table or as a JSON document that the schema describes.
 */
package io.holdfast.cli;
