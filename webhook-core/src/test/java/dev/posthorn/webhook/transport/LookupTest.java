package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LookupTest {
    private static final long PLENTY = TimeUnit.SECONDS.toNanos(20);
    private static final long SOON = TimeUnit.MILLISECONDS.toNanos(20);

    private final AtomicInteger asked = new AtomicInteger();

    @Test
    void eachLookUpIsMadeAnew() throws Exception {
        var lookup = new Lookup(host -> loopback());
        for (int i = 1; i <= 3; i++) {
            assertThat(lookup.find("a.example", PLENTY)).hasSize(1);
            assertThat(asked).hasValue(i);
        }
        lookup.close();
    }

    @Test
    void aNameThatHangsHoldsUpOneThreadHoweverManyAskForIt() throws Exception {
        var release = new CountDownLatch(1);
        var lookup = new Lookup(host -> {
            if (host.equals("slow.example")) {
                TransportTests.await(release);
            }
            return loopback();
        });
        var waiting = new ArrayList<CompletableFuture<InetAddress[]>>();
        for (int i = 0; i < 40; i++) {
            assertThatThrownBy(() -> lookup.find("slow.example", SOON)).isInstanceOf(TimeoutException.class);
            waiting.add(onAThreadOfItsOwn(() -> lookup.find("slow.example", PLENTY)));
        }

        assertThat(lookup.find("quick.example", PLENTY)).hasSize(1);
        release.countDown();
        for (var result : waiting) {
            assertThat(result.get(20, TimeUnit.SECONDS)).hasSize(1);
        }
        lookup.close();
    }

    @Test
    void whateverFailsLeavesTheNameUnknownAndCanBeAskedAgain() {
        var failures = List.<RuntimeException>of(new IllegalStateException("x"), new SecurityException("y"));
        var lookup = new Lookup(host -> {
            int number = asked.getAndIncrement();
            if (number < failures.size()) {
                throw failures.get(number);
            }
            throw new UnknownHostException(host);
        });
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> lookup.find("a.example", PLENTY)).isInstanceOf(UnknownHostException.class);
        }
        assertThat(asked).hasValue(3);
        lookup.close();
        assertThatThrownBy(() -> lookup.find("a.example", PLENTY)).isInstanceOf(RejectedExecutionException.class);
    }

    private InetAddress[] loopback() {
        asked.incrementAndGet();
        return new InetAddress[] {InetAddress.getLoopbackAddress()};
    }

    private static <T> CompletableFuture<T> onAThreadOfItsOwn(Callable<T> task) {
        var result = new CompletableFuture<T>();
        new Thread(() -> {
                    try {
                        result.complete(task.call());
                    } catch (Exception e) {
                        result.completeExceptionally(e);
                    }
                })
                .start();
        return result;
    }
}
