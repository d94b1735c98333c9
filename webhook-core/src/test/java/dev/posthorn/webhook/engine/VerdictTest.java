package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.FailureReason;
import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.spi.TransportResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictTest {
    private static final RetryPolicy POLICY =
            RetryPolicy.schedule(Duration.ofSeconds(5), Duration.ofMinutes(5)).jitter(0.1);
    private static final Duration LONGEST_HINT = Duration.ofHours(1);
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 299})
    void anything2xxSucceeds(int status) {
        var verdict = judge(answer(status), 0);
        assertThat(verdict.status()).isEqualTo(DeliveryStatus.SUCCEEDED);
        assertThat(verdict.outcome()).isEqualTo(AttemptOutcome.SUCCEEDED);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503, 599})
    void anythingElseIsTriedAgain(int status) {
        var verdict = judge(answer(status), 0);
        assertThat(verdict.status()).isEqualTo(DeliveryStatus.PENDING);
        assertThat(verdict.outcome()).isEqualTo(AttemptOutcome.REJECTED);
        assertThat(verdict.retryIn()).isBetween(Duration.ofSeconds(5), Duration.ofMillis(5_500));
        assertThat(verdict.pause()).isZero();
    }

    @Test
    void aTransportFailureIsTriedAgain() {
        var verdict = judge(new TransportResult.Failure(AttemptOutcome.TIMED_OUT, "timed out"), 1);
        assertThat(verdict.outcome()).isEqualTo(AttemptOutcome.TIMED_OUT);
        assertThat(verdict.retryIn()).isBetween(Duration.ofMinutes(5), Duration.ofSeconds(330));
    }

    @Test
    void theLastAttemptOfThePolicyIsTheLast() {
        var verdict = judge(answer(500), 2);
        assertThat(verdict.status()).isEqualTo(DeliveryStatus.FAILED);
        assertThat(verdict.failure()).isEqualTo(FailureReason.EXHAUSTED);
        assertThat(verdict.retryIn()).isNull();
    }

    @Test
    void goneIsTheEnd() {
        var verdict = judge(answer(410), 0);
        assertThat(verdict.status()).isEqualTo(DeliveryStatus.FAILED);
        assertThat(verdict.failure()).isEqualTo(FailureReason.GONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void aHintLengthensTheDelayAndPausesTheLane(int status) {
        var verdict = judge(answer(status, new Header("Retry-After", "60")), 0);
        assertThat(verdict.retryIn()).isEqualTo(Duration.ofSeconds(60));
        assertThat(verdict.pause()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void aHintShorterThanTheScheduleDoesNotShortenIt() {
        var verdict = judge(answer(429, new Header("Retry-After", "1")), 1);
        assertThat(verdict.retryIn()).isGreaterThanOrEqualTo(Duration.ofMinutes(5));
        assertThat(verdict.pause()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aHintIsCut() {
        var verdict = judge(answer(503, new Header("Retry-After", "999999")), 0);
        assertThat(verdict.retryIn()).isEqualTo(LONGEST_HINT);
        assertThat(verdict.pause()).isEqualTo(LONGEST_HINT);
    }

    @Test
    void aHintWithAnyOtherStatusIsNone() {
        assertThat(judge(answer(500, new Header("Retry-After", "60")), 0).pause())
                .isZero();
    }

    private static TransportResult answer(int status, Header... headers) {
        return new TransportResult.Response(status, List.of(headers), Bytes.EMPTY);
    }

    private static Verdict judge(TransportResult result, int attemptsBefore) {
        return Verdict.of(result, POLICY, attemptsBefore, LONGEST_HINT, NOW, new Random(7));
    }
}
