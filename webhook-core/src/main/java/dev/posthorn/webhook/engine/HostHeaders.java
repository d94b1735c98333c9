package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.HeaderProvider;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.OutgoingRequest;
import dev.posthorn.webhook.spi.TransportResult.Failure;
import dev.posthorn.webhook.threads.AlarmClock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the host's providers for headers, within the time an attempt has. A provider runs on the attempt's own thread, which
 * is interrupted when the time is up: real time, as that of the transport. Safe for use by several threads.
 */
public final class HostHeaders {
    private static final Logger log = LoggerFactory.getLogger(HostHeaders.class);

    static final Failure TOO_SLOW =
            new Failure(AttemptOutcome.ERROR, "the sender's own headers were not there in time");
    private static final Failure INTERRUPTED = new Failure(AttemptOutcome.ERROR, "the attempt was interrupted");

    private final List<HeaderProvider> providers;
    private final Function<Map<String, String>, List<Fault>> rules;
    private final @Nullable AlarmClock clock;
    /** So that a token service that is away is one line in the log, not one for each attempt. */
    private volatile boolean worked = true;

    /**
     * What came of asking.
     *
     * @param headers to be added, names in any case
     * @param failure how the attempt ends, if it does; {@code null} if it goes on
     */
    record Answer(Map<String, String> headers, @Nullable Failure failure) {
        static Answer failed(Failure failure) {
            return new Answer(Map.of(), failure);
        }
    }

    /** @param rules what is wrong with headers, in words without their values */
    public HostHeaders(List<HeaderProvider> providers, Function<Map<String, String>, List<Fault>> rules) {
        this.providers = List.copyOf(providers);
        this.rules = rules;
        clock = providers.isEmpty() ? null : new AlarmClock("posthorn-header-deadline");
    }

    /** Whether nobody is to be asked. */
    boolean areNone() {
        return clock == null;
    }

    /** Asks every provider in turn, on the calling thread, which keeps no interrupt of ours. There must be one. */
    Answer ask(OutgoingRequest request, Duration timeout) {
        if (clock == null) {
            throw new IllegalStateException("nobody to ask");
        }
        var alarm = clock.set(timeout.toNanos());
        Answer answer;
        boolean isLate;
        try {
            answer = ask(request);
        } finally {
            isLate = alarm.stop();
        }
        if (isLate) {
            // Whatever it says by now. Nobody else's interrupt can be told from ours; the attempt ends either way.
            Thread.interrupted();
            return Answer.failed(TOO_SLOW);
        }
        return answer;
    }

    private Answer ask(OutgoingRequest request) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        for (var provider : providers) {
            try {
                // A copy, so that what is checked is what is sent.
                var given = new LinkedHashMap<>(provider.headersFor(request));
                var faults = rules.apply(given);
                if (!faults.isEmpty()) {
                    return failed("the sender's own headers cannot be sent: "
                            + faults.stream().map(Fault::toString).collect(Collectors.joining("; ")));
                }
                headers.putAll(given);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                return Answer.failed(INTERRUPTED);
            } catch (Exception broken) {
                return failed("the sender's own headers could not be had: " + broken.getClass());
            }
        }
        worked = true;
        return new Answer(headers, null);
    }

    private Answer failed(String detail) {
        if (worked) {
            worked = false;
            log.warn("{}; said again once it has worked", detail);
        } else {
            log.debug("{}", detail);
        }
        return Answer.failed(new Failure(AttemptOutcome.ERROR, detail));
    }

    /** Ends the thread. */
    void close() {
        if (clock != null) {
            clock.close();
        }
    }
}
