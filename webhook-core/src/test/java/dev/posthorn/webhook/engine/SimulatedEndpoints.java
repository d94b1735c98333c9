package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.TransportResult;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.TargetUrl;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints of every kind, one for each host name. {@link #send} returns at once with what will have been answered; how long
 * that takes stands in {@link #lastTook()}.
 */
final class SimulatedEndpoints implements WebhookTransport {
    /** What a store will not keep. */
    static final Bytes POISON = Bytes.utf8("poison");

    private static final long MILLI = 1_000_000;

    private final SplittableRandom random;
    private final boolean calm;
    private final Map<String, Mood> moods = new HashMap<>();
    private boolean healed;
    private long lastTook;
    private @Nullable TransportRequest lastRequest;

    private enum Mood {
        FINE,
        SLOW,
        HANGING,
        FAILING,
        BUSY,
        /** It does what was asked, and answers when nobody listens any more. */
        LYING,
        MIXED,
        GONE;

        /** Any but the last two. */
        private static final Mood[] SIMPLE = {FINE, SLOW, HANGING, FAILING, BUSY, LYING};
    }

    SimulatedEndpoints(SplittableRandom random, boolean calm) {
        this.random = random;
        this.calm = calm;
    }

    /** An endpoint becomes another. */
    void changeMood(String host) {
        moods.put(host, randomMood());
    }

    private Mood randomMood() {
        // Gone is for good, so it is rare.
        int chance = random.nextInt(40);
        if (chance < 8) {
            return chance == 0 ? Mood.GONE : Mood.MIXED;
        }
        return chance < 18 ? Mood.FINE : Mood.SIMPLE[random.nextInt(Mood.SIMPLE.length)];
    }

    /** From now on all is well. */
    void heal() {
        healed = true;
    }

    @Override
    public TransportResult send(TransportRequest request) {
        lastRequest = request;
        long timeout = request.timeout().toNanos();
        var mood = healed ? Mood.FINE : moods.computeIfAbsent(request.url().host(), host -> randomMood());
        if (mood == Mood.MIXED) {
            mood = Mood.SIMPLE[random.nextInt(Mood.SIMPLE.length)];
        }
        switch (mood) {
            case FINE -> {
                return answer(200, random.nextLong(MILLI / 2, 80 * MILLI));
            }
            case SLOW -> {
                return answer(204, Math.min(timeout - 1, random.nextLong(100 * MILLI, 8_000 * MILLI)));
            }
            case FAILING -> {
                return random.nextInt(3) == 0
                        ? failure(AttemptOutcome.UNREACHABLE, random.nextLong(MILLI, 50 * MILLI))
                        : answer(random.nextBoolean() ? 500 : 302, random.nextLong(MILLI, 200 * MILLI));
            }
            case BUSY -> {
                return busy();
            }
            case GONE -> {
                return answer(410, random.nextLong(MILLI, 50 * MILLI));
            }
            default -> {
                return failure(AttemptOutcome.TIMED_OUT, timeout);
            }
        }
    }

    private TransportResult busy() {
        lastTook = random.nextLong(MILLI, 100 * MILLI);
        var retryAfter = new Header("retry-after", String.valueOf(random.nextInt(90)));
        return new TransportResult.Response(random.nextBoolean() ? 429 : 503, List.of(retryAfter), Bytes.EMPTY);
    }

    private TransportResult answer(int status, long took) {
        lastTook = took;
        boolean poisoned = !calm && !healed && random.nextInt(50) == 0;
        return new TransportResult.Response(status, List.of(), poisoned ? POISON : Bytes.EMPTY);
    }

    private TransportResult failure(AttemptOutcome outcome, long took) {
        lastTook = took;
        return new TransportResult.Failure(outcome, "simulated");
    }

    long lastTook() {
        return lastTook;
    }

    TransportRequest lastRequest() {
        return java.util.Objects.requireNonNull(lastRequest);
    }

    @Override
    public Optional<String> refusal(TargetUrl url) {
        return Optional.empty();
    }

    @Override
    public void close() {}
}
