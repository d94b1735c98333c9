/** Measures what the project claims about speed. Not published. */
@NullMarked
package dev.posthorn.benchmarks;

import org.jspecify.annotations.NullMarked;
