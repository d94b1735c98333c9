package dev.posthorn.webhook.spring.web;

import jakarta.servlet.http.HttpServletRequest;

/** Says on whose behalf requests are made. Called by many threads. */
@FunctionalInterface
public interface Callers {
    /** On whose behalf this request is made. It is let in: whoever may not be was refused before. */
    Caller of(HttpServletRequest request);
}
