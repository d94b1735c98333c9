package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConnectionPoolTest {
    private static final Endpoint A = endpoint("a.example");
    private static final Endpoint B = endpoint("b.example");

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final ConnectionPool pool = new ConnectionPool(now::get);

    @Test
    void theOneUsedLastIsUsedNext() throws Exception {
        var first = give(A);
        var second = give(A);

        assertThat(pool.take(A)).isSameAs(second);
        assertThat(pool.take(A)).isSameAs(first);
        assertThat(pool.take(A)).isNull();
        assertThat(pool.isEmpty()).isTrue();
    }

    @Test
    void endpointsDoNotShare() throws Exception {
        give(A);

        assertThat(pool.take(B)).isNull();
        assertThat(pool.take(new Endpoint(true, A.host(), A.port(), null))).isNull();
        assertThat(pool.take(new Endpoint(false, A.host(), 81, null))).isNull();
        assertThat(pool.take(endpoint("a.example"))).isNotNull();
    }

    @Test
    void whatHasWaitedTooLongIsClosed() throws Exception {
        var connection = give(A);

        pass(Duration.ofSeconds(30));

        assertThat(pool.take(A)).isNull();
        assertClosed(connection);
        assertThat(pool.isEmpty()).isTrue();
    }

    @Test
    void whatIsTooOldIsClosedHoweverMuchItWasUsed() throws Exception {
        var connection = give(A);
        for (int i = 0; i < 11; i++) {
            pass(Duration.ofSeconds(10));
            assertThat(pool.take(A)).isSameAs(connection);
            pool.give(connection);
        }

        pass(Duration.ofSeconds(10));
        pool.prune();

        assertThat(pool.isEmpty()).isTrue();
        assertClosed(connection);
        pool.give(connection);
        assertThat(pool.isEmpty()).isTrue();
    }

    @Test
    void whatTheLoadNoLongerNeedsGoesSooner() throws Exception {
        var all = new ArrayList<Connection>();
        for (int i = 0; i < 5; i++) {
            all.add(give(A));
        }
        var other = give(B);

        pass(Duration.ofSeconds(4));
        pool.prune();
        assertThat(pool.size()).isEqualTo(6);
        pass(Duration.ofSeconds(1));
        pool.prune();

        assertThat(pool.size()).isEqualTo(3);
        assertClosed(all.get(0), all.get(1), all.get(2));
        pass(Duration.ofSeconds(25));
        pool.prune();
        assertClosed(all.get(3), all.get(4), other);
        assertThat(pool.isEmpty()).isTrue();
    }

    @Test
    void anEndpointMayHaveHalfOfThePlaces() throws Exception {
        var other = give(B);
        var oldest = give(A);
        for (int i = 0; i < 127; i++) {
            give(A);
        }
        assertThat(pool.size()).isEqualTo(129);

        give(A);

        assertThat(pool.size()).isEqualTo(129);
        assertClosed(oldest);
        assertThat(pool.take(B)).isSameAs(other);
    }

    @Test
    void whenThereAreTooManyInAllTheOneThatWaitsLongestIsClosed() throws Exception {
        var oldest = give(endpoint("first.example"));
        var second = give(endpoint("second.example"));
        for (int i = 0; i < 254; i++) {
            give(endpoint("host" + i + ".example"));
        }
        assertThat(pool.size()).isEqualTo(256);

        give(A);

        assertThat(pool.size()).isEqualTo(256);
        assertClosed(oldest);
        assertThat(pool.take(endpoint("second.example"))).isSameAs(second);
    }

    @Test
    void aClosedPoolKeepsNothing() throws Exception {
        var kept = give(A);
        pool.close();
        var late = give(A);

        assertThat(pool.take(A)).isNull();
        assertClosed(kept, late);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private Connection give(Endpoint endpoint) throws Exception {
        var raw = new MeteredSocket() {
            @Override
            public InputStream getInputStream() {
                return InputStream.nullInputStream();
            }

            @Override
            public OutputStream getOutputStream() {
                return new ByteArrayOutputStream();
            }
        };
        var connection = new Connection(endpoint, InetAddress.getLoopbackAddress(), raw, raw, now.get());
        pool.give(connection);
        return connection;
    }

    private static Endpoint endpoint(String host) {
        return new Endpoint(false, host, 80, null);
    }

    private static void assertClosed(Connection... connections) {
        assertThat(List.of(connections)).allMatch(connection -> connection.raw().isClosed());
    }
}
