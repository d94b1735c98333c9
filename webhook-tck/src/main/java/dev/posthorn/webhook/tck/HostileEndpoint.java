package dev.posthorn.webhook.tck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server on a loopback port that misbehaves in one way, on every connection. Safe for use by several threads.
 */
public final class HostileEndpoint implements AutoCloseable {
    private static final int BACKLOG = 50;

    private final HostileBehaviour behaviour;
    private final boolean isTls;
    private final ServerSocket server;
    private final AtomicInteger accepted = new AtomicInteger();
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch forged = new CountDownLatch(1);

    // Guarded by this monitor, which is notified of every change.
    private final Set<Socket> open = new HashSet<>();

    private HostileEndpoint(HostileBehaviour behaviour, boolean isTls, ServerSocket server) {
        this.behaviour = behaviour;
        this.isTls = isTls;
        this.server = server;
    }

    /** Starts one on a free port of 127.0.0.1. */
    public static HostileEndpoint start(HostileBehaviour behaviour) {
        return start(behaviour, ipv4(), behaviour.isOfTls());
    }

    /** Starts one on a free port of this address, behind TLS with a good certificate if the behaviour has none itself. */
    static HostileEndpoint start(HostileBehaviour behaviour, InetAddress address, boolean isTls) {
        try {
            var endpoint =
                    new HostileEndpoint(behaviour, isTls || behaviour.isOfTls(), new ServerSocket(0, BACKLOG, address));
            daemon("hostile-" + endpoint.server.getLocalPort(), endpoint::accept)
                    .start();
            return endpoint;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static InetAddress ipv4() {
        return address(127, 0, 0, 1);
    }

    static InetAddress ipv6() {
        return address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    }

    private static InetAddress address(int... bytes) {
        var address = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            address[i] = (byte) bytes[i];
        }
        try {
            return InetAddress.getByAddress(address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its address with this path, which begins with a slash. */
    public String url(String path) {
        var address = server.getInetAddress();
        var host = address instanceof Inet6Address ? "[::1]" : address.getHostAddress();
        return (isTls ? "https://" : "http://") + host + ":" + server.getLocalPort() + path;
    }

    /** How many connections were ever made to it. */
    public int connections() {
        return accepted.get();
    }

    /** Says that the request has ended, so that whoever did not read goes on and notices. */
    void release() {
        released.countDown();
    }

    /** Waits until a script that forges an answer has done so. */
    void awaitForged() throws InterruptedException {
        forged.await(RecordingReceiver.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Waits until the other side has hung up all connections.
     *
     * @throws AssertionError if it has not after {@link RecordingReceiver#PATIENCE}
     */
    synchronized void awaitNoConnections() {
        long deadline = System.nanoTime() + RecordingReceiver.PATIENCE.toNanos();
        while (!open.isEmpty()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError(open.size() + " connections stayed open to an endpoint that " + behaviour);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
    }

    /** Stops listening and hangs up. */
    @Override
    public void close() {
        release();
        ReceiverConnection.closeQuietly(server);
        synchronized (this) {
            open.forEach(ReceiverConnection::closeQuietly);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                var socket = server.accept();
                accepted.incrementAndGet();
                synchronized (this) {
                    open.add(socket);
                }
                daemon("hostile-" + server.getLocalPort() + "-peer", () -> serve(socket))
                        .start();
            } catch (IOException e) {
                // The server socket was closed, or a caller went away before it was let in.
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            var peer = new HostilePeer(socket, released);
            if (isTls && !behaviour.isOfTls()) {
                peer.secure(HostileKeys.good());
            }
            play(peer);
            peer.awaitEnd();
        } catch (IOException e) {
            // The other side has gone, which is what most of this is about.
        } finally {
            synchronized (this) {
                open.remove(socket);
                notifyAll();
            }
        }
    }

    private void play(HostilePeer peer) throws IOException {
        // Only the first connection is played badly if it is asked twice.
        if (behaviour.has(HostileBehaviour.Trait.ASKED_TWICE) && accepted.get() > 1) {
            peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        try {
            behaviour.script().play(peer);
        } finally {
            forged.countDown();
        }
    }

    private static Thread daemon(String name, Runnable body) {
        var thread = new Thread(body, name);
        thread.setDaemon(true);
        return thread;
    }
}
