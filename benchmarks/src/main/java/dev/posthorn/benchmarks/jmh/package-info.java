/** What the hot paths cost that are reached by public types; those that are not are measured in the package they are in. */
@NullMarked
package dev.posthorn.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
