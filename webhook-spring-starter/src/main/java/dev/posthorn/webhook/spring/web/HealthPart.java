package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Health;

/** One more thing that health is to tell of. Asked by one thread at a time; one that hangs is given two seconds. */
public interface HealthPart {
    /** What it is called, such as {@code redis}. */
    String name();

    /** How it is. An exception means that it is down. */
    Health.Part check();
}
