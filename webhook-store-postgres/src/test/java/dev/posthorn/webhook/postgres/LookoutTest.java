package dev.posthorn.webhook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.postgres.Lookout.Look;
import dev.posthorn.webhook.postgres.TicketClaim.Found;
import dev.posthorn.webhook.postgres.TicketClaim.Page;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How wide a node looks, and when it gives up looking elsewhere; that it finds everything is shown on the database. */
class LookoutTest {
    private static final UUID ONE = UUID.fromString("01900000-0000-7000-8000-000000000001");
    private static final int LIMIT = 500;
    private static final int WIDE = 4 * LIMIT;

    private final Lookout lookout = new Lookout();
    private Instant now = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void wideLooksThatSeeNothingSpecialAreFollowedByNarrowOnes() {
        for (int round = 0; round < 3; round++) {
            assertThat(look().page()).isEqualTo(WIDE);
            for (int i = 0; i < 7; i++) {
                assertThat(look().page()).isEqualTo(LIMIT);
            }
        }
    }

    @Test
    void looksStayWideWhereThereAreRetries() {
        for (int i = 0; i < 20; i++) {
            assertThat(look(retries()).page()).isEqualTo(WIDE);
        }
    }

    @Test
    void aNarrowLookThatSeesRetriesIsTheLastOne() {
        look();
        assertThat(look(retries()).page()).isEqualTo(LIMIT);
        assertThat(look().page()).isEqualTo(WIDE);
    }

    @Test
    void aNarrowLookThatIsHalfFilledByOneSubscriptionIsTheLastOne() {
        look();
        assertThat(look(new Seen(LIMIT, LIMIT / 2, false, Set.of())).page()).isEqualTo(LIMIT);
        assertThat(look(new Seen(LIMIT, LIMIT / 2 + 1, false, Set.of())).page()).isEqualTo(LIMIT);
        assertThat(look().page()).isEqualTo(WIDE);
    }

    @Test
    void aNarrowLookThatCouldNotFillTheClaimIsRepeatedWide() {
        look();
        var narrow = lookout.next(request(LIMIT), WIDE);
        assertThat(narrow.page()).isEqualTo(LIMIT);
        assertThat(lookout.saw(narrow, found(narrow, new Seen(LIMIT - 1, 5, false, Set.of())), request(LIMIT)))
                .isTrue();
        var wide = lookout.next(request(LIMIT), WIDE);
        assertThat(wide.page()).isEqualTo(WIDE);
        assertThat(wide.isObstructed()).isFalse();
    }

    @Test
    void littleRoomIsNoObstruction() {
        var request = request(3);
        var look = lookout.next(request, LIMIT);
        assertThat(look.mostOfOne()).isEqualTo(LIMIT / 4);
    }

    @Test
    void theBeginningIsTriedAgainWhenWhatWasPassedMayBeServed() {
        obstruct();
        assertThat(lookout.next(request(LIMIT), WIDE).isObstructed()).isTrue();

        now = now.plusMillis(19);
        look(new Seen(LIMIT, 5, false, Set.of(ONE)));
        assertThat(lookout.next(request(LIMIT), WIDE).isObstructed())
                .as("a twentieth of the time at most")
                .isTrue();

        now = now.plusMillis(1);
        look(new Seen(LIMIT, 5, false, Set.of(ONE)));
        var look = lookout.next(request(LIMIT), WIDE);
        assertThat(look.isObstructed()).isFalse();
        assertThat(look.page()).isEqualTo(WIDE);
    }

    @Test
    void theBeginningIsNotTriedWhileOneThatWasPassedMayNotBeServed() {
        obstruct();
        now = now.plusSeconds(10);
        var closed = new ClaimRequest(LIMIT, Duration.ofMinutes(1), LIMIT, Map.of(ONE, 0));
        var look = lookout.next(closed, WIDE);
        lookout.saw(look, found(look, new Seen(LIMIT, 5, false, Set.of(ONE))), closed);
        assertThat(lookout.next(closed, WIDE).isObstructed()).isTrue();
    }

    private void obstruct() {
        var look = lookout.next(request(LIMIT), WIDE);
        assertThat(lookout.saw(look, found(look, new Seen(LIMIT, LIMIT, false, Set.of(ONE))), request(LIMIT)))
                .isTrue();
    }

    /** What a look sees: all of its page, of which so much was taken. */
    private record Seen(int taken, int mostOfOne, boolean hasRetries, Set<UUID> left) {}

    private static Seen retries() {
        return new Seen(LIMIT, 5, true, Set.of());
    }

    private Look look() {
        return look(new Seen(LIMIT, 5, false, Set.of()));
    }

    private Look look(Seen seen) {
        var look = lookout.next(request(LIMIT), WIDE);
        lookout.saw(look, found(look, seen), request(LIMIT));
        return look;
    }

    private Found found(Look look, Seen seen) {
        return new Found(
                now,
                Duration.ofMillis(1),
                null,
                new Page(look.page(), now.minusSeconds(2), now.minusSeconds(1)),
                new Page(0, null, null),
                look.page(),
                seen.mostOfOne,
                null,
                seen.hasRetries,
                seen.left,
                Stream.generate(() -> new Lease(ONE, ONE, 1)).limit(seen.taken).toList());
    }

    private static ClaimRequest request(int limit) {
        return new ClaimRequest(limit, Duration.ofMinutes(1), limit, Map.of());
    }
}
