package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.WebhookEvent;
import java.util.Random;
import java.util.stream.Collectors;

/** The same work for everything that is measured: payloads of 500 bytes to 100 URLs, 64 in flight; or for a while otherwise. */
final class Load {
    static final int IN_FLIGHT = 64;
    static final int URLS = 100;
    /** So many URLs can be chosen. */
    static final int MOST_URLS = 1_000;

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static final Shape USUAL = new Shape(500, URLS);

    private static volatile Shape shape = USUAL;

    /**
     * What is published.
     *
     * @param payloadBytes how large each event is
     * @param urls how many endpoints get them in turn
     */
    record Shape(int payloadBytes, int urls) {
        // As random as its alphabet allows: the database would compress what repeats.
        private static final String PADDING = new Random(1)
                .ints(200 * 1024, 0, ALPHABET.length())
                .mapToObj(ALPHABET::substring)
                .map(rest -> rest.substring(0, 1))
                .collect(Collectors.joining());

        /** How many are published together at most: 4 MB, so that it is no single statement's size that is measured. */
        int batch(int most) {
            return Math.max(1, Math.min(most, 4 * 1024 * 1024 / payloadBytes));
        }
    }

    private Load() {}

    /** Until it is told otherwise. */
    static void shape(Shape other) {
        shape = other;
    }

    static Shape shape() {
        return shape;
    }

    static void usual() {
        shape = USUAL;
    }

    /** The number of the URL to which event {@code n} goes. */
    static int target(int n) {
        return n % shape.urls;
    }

    static String path(int url) {
        return "/hook/" + url % MOST_URLS;
    }

    static String type(int n) {
        return typeOf(target(n));
    }

    /** The type of the events that go to this URL. */
    static String typeOf(int url) {
        return "load." + url;
    }

    /** A payload that says when it was made. */
    static Bytes payload() {
        return payload(System.nanoTime());
    }

    /** One that says that it was to be published at this moment, in {@link System#nanoTime()}. */
    static Bytes payload(long at) {
        var start = "{\"at\":" + at + ",\"padding\":\"";
        return Bytes.utf8(start + Shape.PADDING.substring(0, shape.payloadBytes - start.length() - 2) + "\"}");
    }

    static WebhookEvent event(int n) {
        return event(n, System.nanoTime());
    }

    /** An event that was to be published at this moment, in {@link System#nanoTime()}. */
    static WebhookEvent event(int n, long at) {
        return WebhookEvent.of(type(n), "application/json", payload(at));
    }
}
