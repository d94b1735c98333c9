/**
 * Posthorn in a Spring Boot application: what {@code webhook-spring-starter} sets up, and what an application may give it.
 * See {@code docs/spring.md}.
 */
@NullMarked
package dev.posthorn.webhook.spring;

import org.jspecify.annotations.NullMarked;
