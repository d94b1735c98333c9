package dev.posthorn.webhook.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Judges the name in a URL that somebody has just chosen by the addresses it has now. It only helps people who made a
 * mistake: a name can have others a moment later, so that every request is judged anew, and whatever cannot be looked up
 * soon is let through. Its threads are not those that requests are looked up by, and they and what waits for them are few,
 * so that whoever makes up names whose servers do not answer holds up nobody else. Safe for use by several threads.
 */
final class EarlyCheck {
    static final int MOST_PENDING = 32;
    private static final int THREADS = 4;

    /** The same for every forbidden address: what a name stands for in the host's network is not told. */
    private static final String REFUSAL = "the host has an address that may not be called";

    private final Lookup lookup;
    private final long patienceNanos;

    /** @param patience how long a name is waited for */
    EarlyCheck(Lookup.Names names, Duration patience) {
        this.lookup = new Lookup(names, THREADS);
        this.patienceNanos = patience.toNanos();
    }

    /** Why a URL may not be called as things are, in words that may be shown to whoever chose it, or empty. */
    Optional<String> refusal(TargetUrl url, Predicate<InetAddress> isAllowed) {
        if (url.literalAddress().isPresent() || lookup.pending() >= MOST_PENDING) {
            return Optional.empty();
        }
        try {
            for (var address : lookup.find(url.host(), patienceNanos)) {
                if (!isAllowed.test(address)) {
                    return Optional.of(REFUSAL);
                }
            }
            return Optional.empty();
        } catch (UnknownHostException | TimeoutException | RejectedExecutionException notNow) {
            // The name may be set up later, and its server may come back.
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Lets the threads end. */
    void close() {
        lookup.close();
    }
}
