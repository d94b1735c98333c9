package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EarlyCheckTest {
    private static final Duration PLENTY = Duration.ofSeconds(20);
    private static final Duration SOON = Duration.ofMillis(20);

    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void end() {
        release.countDown();
        assertThat(Thread.interrupted()).isFalse();
    }

    private InetAddress[] loopback() {
        asked.incrementAndGet();
        return new InetAddress[] {InetAddress.getLoopbackAddress()};
    }

    private InetAddress[] hang() {
        asked.incrementAndGet();
        TransportTests.awaitWhateverComes(release);
        return new InetAddress[] {InetAddress.getLoopbackAddress()};
    }

    private static boolean isRefused(EarlyCheck check, String url) {
        return check.refusal(TargetUrl.parse(url), address -> !address.isLoopbackAddress())
                .isPresent();
    }

    @Test
    void aNameIsJudgedByTheAddressesItHas() {
        var check = new EarlyCheck(host -> loopback(), PLENTY);

        assertThat(isRefused(check, "https://a.example/")).isTrue();
        assertThat(check.refusal(TargetUrl.parse("https://a.example/"), address -> true))
                .isEmpty();
        check.close();
    }

    @Test
    void anAddressInTheUrlIsNotLookedUp() {
        var check = new EarlyCheck(host -> loopback(), PLENTY);

        assertThat(isRefused(check, "https://127.0.0.1/")).isFalse();
        assertThat(asked).hasValue(0);
        check.close();
    }

    @Test
    void aNameThatTakesTooLongIsLetThrough() {
        var check = new EarlyCheck(host -> hang(), SOON);

        assertThat(isRefused(check, "https://slow.example/")).isFalse();
        check.close();
    }

    @Test
    void whoeverMakesUpNamesThatHangFillsNothingWithThem() {
        var check = new EarlyCheck(host -> hang(), SOON);
        for (int i = 0; i < EarlyCheck.MOST_PENDING; i++) {
            assertThat(isRefused(check, "https://slow" + i + ".example/")).isFalse();
        }
        long start = System.nanoTime();

        for (int i = 0; i < 10_000; i++) {
            assertThat(isRefused(check, "https://more" + i + ".example/")).isFalse();
        }

        // Each of them would wait otherwise, which would take more than three minutes.
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(PLENTY);
        release.countDown();
        check.close();
        assertThat(asked.get()).isLessThanOrEqualTo(EarlyCheck.MOST_PENDING);
    }

    @Test
    void afterItWasClosedAllIsLetThrough() {
        var check = new EarlyCheck(host -> loopback(), PLENTY);
        check.close();

        assertThat(isRefused(check, "https://a.example/")).isFalse();
    }

    @Test
    void anInterruptIsKeptAndLetsThrough() {
        var check = new EarlyCheck(host -> hang(), PLENTY);
        Thread.currentThread().interrupt();

        assertThat(isRefused(check, "https://a.example/")).isFalse();

        assertThat(Thread.interrupted()).isTrue();
        check.close();
    }

    @Test
    void itCanBeTurnedOff() {
        try (var sockets = SocketTransport.builder()
                        .names(host -> loopback())
                        .earlyLookup(false)
                        .build();
                var jdk = JdkTransport.builder()
                        .names(host -> loopback())
                        .earlyLookup(false)
                        .build()) {
            assertThat(sockets.refusal(TargetUrl.parse("https://a.example/"))).isEmpty();
            assertThat(jdk.refusal(TargetUrl.parse("https://a.example/"))).isEmpty();
            assertThat(asked).hasValue(0);
        }
    }

    @Test
    void anAllowedHostMayHaveAnyAddress() {
        try (var transport = SocketTransport.builder()
                .names(host -> loopback())
                .allowedHosts("mine.example")
                .build()) {
            assertThat(transport.refusal(TargetUrl.parse("https://mine.example/")))
                    .isEmpty();
            assertThat(transport.refusal(TargetUrl.parse("https://not.mine.example/")))
                    .isPresent();
        }
    }
}
