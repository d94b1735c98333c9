/** Conditions on payloads: how they are read, and how they are evaluated; not exported. */
@NullMarked
package dev.posthorn.webhook.filter;

import org.jspecify.annotations.NullMarked;
