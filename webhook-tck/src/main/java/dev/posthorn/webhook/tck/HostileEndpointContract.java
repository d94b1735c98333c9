package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.posthorn.webhook.spi.WebhookTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What {@link WebhookTransport} promises where the endpoint does its worst, tried with each {@link HostileBehaviour}, over
 * IPv4 and IPv6, and behind TLS: the request ends as it should and no later than its deadline, takes little memory, tells
 * nothing that the endpoint's owner should not see, is sent once and not elsewhere, and nothing is left of it, neither a
 * connection nor a thread nor a descriptor. Real time passes here, because sockets know no other.
 */
public abstract class HostileEndpointContract {
    /** For subclasses. */
    protected HostileEndpointContract() {}

    /** A new transport that may call 127.0.0.1 and ::1 and checks certificates by this context. The contract closes it. */
    protected abstract WebhookTransport createTransport(SSLContext context);

    /**
     * What this transport is known not to manage: the names of the behaviours, with why. They are not tried, and reported
     * as left out. By default there are none.
     */
    protected Map<String, String> knownLimits() {
        return Map.of();
    }

    /**
     * Whether {@link WebhookTransport#close()} ends idle connections at once, and threads soon, by default true. Some
     * clients cannot.
     */
    protected boolean closesIdleConnections() {
        return true;
    }

    /** A request to an endpoint that … */
    @TestFactory
    Stream<DynamicTest> overIpv4() {
        return run(HostileBehaviour.all(), HostileEndpoint.ipv4(), false);
    }

    /** A request to an endpoint that … */
    @TestFactory
    Stream<DynamicTest> overIpv6() {
        assumeTrue(hasIpv6(), "this machine has no ::1");
        return run(HostileBehaviour.all(), HostileEndpoint.ipv6(), false);
    }

    /** A request to an endpoint that has a good certificate and … */
    @TestFactory
    Stream<DynamicTest> behindTls() {
        var behaviours = HostileBehaviour.all().stream()
                .filter(behaviour -> !behaviour.isOfTls())
                .toList();
        return run(behaviours, HostileEndpoint.ipv4(), true);
    }

    private Stream<DynamicTest> run(List<HostileBehaviour> behaviours, InetAddress address, boolean isTls) {
        warmUp(address);
        var limits = knownLimits();
        var tried = behaviours.stream()
                .filter(behaviour -> !limits.containsKey(behaviour.name()))
                .toList();
        var run = new HostileRun(() -> createTransport(HostileKeys.trusting()), tried, address, isTls);
        var each = behaviours.stream()
                .map(behaviour -> DynamicTest.dynamicTest(behaviour.name(), () -> {
                    var limit = limits.get(behaviour.name());
                    assumeTrue(limit == null, () -> "known limit: " + limit);
                    run.check(behaviour);
                }));
        return Stream.concat(
                each,
                Stream.of(DynamicTest.dynamicTest(
                        "(of all of them nothing is left)", () -> run.checkNothingIsLeft(closesIdleConnections()))));
    }

    /** Has loaded and started what is loaded and started once and for all. */
    private void warmUp(InetAddress address) {
        var fine = HostileBehaviour.of(
                "is in order",
                Ending.answered(200),
                peer -> peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        for (boolean isTls : new boolean[] {false, true}) {
            var run = new HostileRun(() -> createTransport(HostileKeys.trusting()), List.of(fine), address, isTls);
            try {
                run.end(fine);
            } finally {
                run.close();
            }
        }
    }

    @Test
    void everyKnownLimitIsOfABehaviour() {
        assertThat(HostileBehaviour.all())
                .extracting(HostileBehaviour::name)
                .containsAll(knownLimits().keySet());
    }

    @Test
    void everyBehaviourHasANameOfItsOwn() {
        assertThat(HostileBehaviour.all())
                .hasSizeGreaterThan(40)
                .extracting(HostileBehaviour::name)
                .doesNotHaveDuplicates();
    }

    private static boolean hasIpv6() {
        try (var socket = new ServerSocket(0, 1, HostileEndpoint.ipv6())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
