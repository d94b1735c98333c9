package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.WebhookEvent;

/** The same work for everything that is measured: payloads of 500 bytes to 100 URLs, 64 in flight. */
final class Load {
    static final int IN_FLIGHT = 64;
    static final int URLS = 100;
    private static final int PAYLOAD = 500;
    private static final String PADDING = "x".repeat(PAYLOAD);

    private Load() {}

    static String path(int n) {
        return "/hook/" + n % URLS;
    }

    static String type(int n) {
        return "load." + n % URLS;
    }

    /** A payload that says when it was made. */
    static Bytes payload() {
        return payload(System.nanoTime());
    }

    /** One that says that it was to be published at this moment, in {@link System#nanoTime()}. */
    static Bytes payload(long at) {
        var start = "{\"at\":" + at + ",\"padding\":\"";
        return Bytes.utf8(start + PADDING.substring(0, PAYLOAD - start.length() - 2) + "\"}");
    }

    static WebhookEvent event(int n) {
        return event(n, System.nanoTime());
    }

    /** An event that was to be published at this moment, in {@link System#nanoTime()}. */
    static WebhookEvent event(int n, long at) {
        return WebhookEvent.of(type(n), "application/json", payload(at));
    }
}
