package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final long FIRST = 100_000_000;

    private final Backoff backoff = new Backoff(() -> new Random(1));
    private long now = Long.MAX_VALUE - FIRST;

    @Test
    void pausesDoubleUpToHalfAMinute() {
        for (long most = FIRST; most < 30_000_000_000L; most *= 2) {
            assertThat(passPause()).isBetween(most / 2, most);
        }
        assertThat(passPause()).isBetween(15_000_000_000L, 30_000_000_000L);
        assertThat(passPause()).isBetween(15_000_000_000L, 30_000_000_000L);
        backoff.reset();
        assertThat(passPause()).isBetween(FIRST / 2, FIRST);
    }

    @Test
    void whoeverTriesBeforeThePauseIsOverWaitsForTheRestOfIt() {
        long pause = backoff.next(now);
        for (int i = 0; i < 50; i++) {
            now += pause / 100;
            assertThat(backoff.next(now)).isEqualTo(pause - (i + 1) * (pause / 100));
        }
        now += pause;
        assertThat(backoff.next(now)).isBetween(FIRST, 2 * FIRST);
    }

    private long passPause() {
        long pause = backoff.next(now);
        now += pause;
        return pause;
    }
}
