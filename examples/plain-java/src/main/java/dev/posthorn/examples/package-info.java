/** Posthorn in a plain main method. */
@NullMarked
package dev.posthorn.examples;

import org.jspecify.annotations.NullMarked;
